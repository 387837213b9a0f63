/** Tests on real models, which are other people's files and not part of this repository. */
import { expect, test } from "vitest";

/** The folder of real models and reference data, in Chromium its address; undefined on a fresh clone. */
export const realData: string | undefined = import.meta.env.LIGHTFUSE_DATA;

/**
 * Defines tests that need the folder, or where LIGHTFUSE_DATA is not set one test that says so: a
 * fresh clone has nothing to skip.
 */
export function describeRealData(what: string, define: (folder: string) => void): void {
  if (realData) define(realData);
  else {
    test(`${what} are tested when LIGHTFUSE_DATA names the folder of real data`, () => {
      expect(realData ?? "").toBe("");
    });
  }
}
