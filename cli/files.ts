/** Reads files, and says in one line why one cannot be read. */
import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { Failure } from "./failure.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  EEXIST: "a file of that name is in the way",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
};

/** Where something is to be made, other things are missing or in the way. */
const REASONS_TO_MAKE: Readonly<Record<string, string>> = {
  ...REASONS,
  ENOENT: "there is no such folder",
  ENOTDIR: "part of that path is a file",
};

function reasonOf(error: unknown, reasons = REASONS): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}

/** @throws Failure when there is no such file, it is a folder, or it may not be read */
export function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
    if (statSync(path).isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  } catch (error) {
    throw new Failure(`cannot read "${path}": ${reasonOf(error)}`);
  }
}

/** @throws Failure when the file cannot be read */
export function readBytes(path: string): Uint8Array {
  checkReadable(path);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure(`cannot read "${path}": ${reasonOf(error)}`);
  }
}

/** @throws Failure when it is neither there nor can be made */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Failure(`cannot make the folder "${path}": ${reasonOf(error, REASONS_TO_MAKE)}`);
  }
}

/** @throws Failure when the file cannot be written */
export function writeBytes(path: string, bytes: Uint8Array | string): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new Failure(`cannot write "${path}": ${reasonOf(error, REASONS_TO_MAKE)}`);
  }
}
