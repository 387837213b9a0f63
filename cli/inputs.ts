/** Reads what `--input` names: NPY files, images, or numbers by formula. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { parseNpy, PREPROCESS, type PreprocessName } from "../src/index.ts";
import { suggestion, type Arguments, type OptionSpec } from "./arguments.ts";
import { Failure } from "./failure.ts";
import { checkReadable, readBytes } from "./files.ts";
import { isImageFile, readImage } from "./images.ts";
import type { JobInput, JobModel } from "./job.ts";
import { presetOf } from "./model.ts";
import { note } from "./print.ts";

const NAMES = Object.keys(PREPROCESS);

export const INPUT: OptionSpec = {
  name: "input",
  value: "<[name=]file>",
  multiple: true,
  help: 'an .npy file, an image, or "synthetic"; once for each input of the model',
};

export const PREPROCESS_OPTION: OptionSpec = {
  name: "preprocess",
  value: "<name>",
  help: `preparation of images: ${NAMES.join(", ")}`,
};

export const BATCH: OptionSpec = {
  name: "batch",
  value: "<n>",
  help: "items that a run takes at once: a model for one is compiled for n",
};

export const INPUT_NOTES = `\
An input without a name is the first one that is still free. Without --input every input is filled
with the same numbers in [-1, 1] each time ("synthetic"). With --batch n an .npy file holds all n
items, and n images are the items of the model's only input.`;

/** @throws Failure when a file cannot be read, and when the preprocessing is not known */
export async function readInputs(given: Arguments, model: JobModel): Promise<JobInput[]> {
  const inputs = given.list("input");
  const preprocess = preprocessName(given.text("preprocess") ?? presetOf(model));
  if (inputs.length === 0) {
    checkImages(given, false);
    note("no --input, so the inputs are synthetic");
    return [{ kind: "synthetic" }];
  }
  const read: JobInput[] = [];
  for (const input of inputs) read.push(await readInput(input, preprocess));
  const images = read.some(({ kind }) => kind === "pixels");
  if (images && preprocess === undefined) {
    note('no --preprocess, so images are stretched and scaled to 0..1 ("unit")');
  }
  checkImages(given, images);
  return read;
}

function checkImages(given: Arguments, images: boolean): void {
  if (!images && given.has("preprocess")) {
    throw new Failure("--preprocess is for images, but no --input is one");
  }
}

/** Undefined where the model is to stay as it is. */
export function batchOf(given: Arguments): number | undefined {
  return given.has("batch") ? given.count("batch", 1) : undefined;
}

function preprocessName(name: string | undefined): PreprocessName | undefined {
  if (name === undefined || NAMES.includes(name)) return name as PreprocessName | undefined;
  throw new Failure(
    `--preprocess "${name}" is not known${suggestion(name, NAMES)}; known: ${NAMES.join(", ")}`,
  );
}

/** `name=place` or `place`; a place may itself have an equals sign. */
function splitName(input: string): { name?: string; place: string } {
  const match = /^([^=]+)=(.+)$/s.exec(input);
  return match && !existsSync(input) ? { name: match[1], place: match[2] } : { place: input };
}

async function readInput(input: string, preprocess: PreprocessName = "unit"): Promise<JobInput> {
  const { name, place } = splitName(input);
  const named = name === undefined ? {} : { name };
  if (place === "synthetic") return { ...named, kind: "synthetic" };
  if (extname(place).toLowerCase() === ".npy") {
    return { ...named, kind: "tensor", ...parseNpy(readBytes(place), place) };
  }
  checkReadable(place);
  if (!isImageFile(place)) {
    throw new Failure(`--input "${place}" is neither .npy nor an image (.jpg, .png, .webp, ...)`);
  }
  return { ...named, kind: "pixels", ...(await readImage(place)), preprocess };
}
