/** Counts the tests in the JSON reports of Vitest, of Playwright and of the conformance tests. */
import { readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number, note?: string }} Counts */

/**
 * A file that fails outside its tests (it does not load, a hook throws) counts as one failed test.
 * @param {string} report path of the report
 * @returns {Counts}
 * @throws {Error} when there is no such report.
 */
export function countVitest(report) {
  /**
   * @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number,
   *   testResults: { status: string, assertionResults: { status: string }[] }[] }}
   */
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = read(report);
  const failedOutside = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((t) => t.status !== "failed"),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + failedOutside.length,
    skipped: numPendingTests,
  };
}

/**
 * @param {string} report path of the report
 * @returns {Counts}
 * @throws {Error} when there is no such report.
 */
export function countPlaywright(report) {
  /**
   * @type {{ errors: unknown[],
   *   stats: { expected: number, unexpected: number, flaky: number, skipped: number } }}
   */
  const { errors, stats } = read(report);
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}

/**
 * Unsupported tests are those that the project lists as such, each with a reason.
 * @param {string} report path of the report
 * @returns {Counts}
 * @throws {Error} when there is no such report.
 */
export function countConformance(report) {
  /** @type {{ passed: number, failed: number, unsupported: number }} */
  const { passed, failed, unsupported } = read(report);
  return { passed, failed, skipped: 0, note: `${unsupported} unsupported` };
}

/**
 * @param {string} report path of the report
 * @returns {Counts}
 * @throws {Error} when there is no such report.
 */
export function countFirefox(report) {
  /** @type {{ passed: number, failed: number }} */
  const counts = read(report);
  return { ...counts, skipped: 0 };
}

/** @param {string} path */
function read(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
