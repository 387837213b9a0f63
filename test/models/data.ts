/** Reads the folder of real models, in Node and in Chromium. */
import { readBytes } from "../../src/formats/fetch.ts";
import { parseNpy } from "../../src/formats/npy.ts";
import type { Tensor } from "../../src/graph/tensor.ts";

const join = (folder: string, path: string): string => `${folder.replace(/\/$/, "")}/${path}`;

export class RealData {
  constructor(private readonly folder: string) {}

  /** Where a file is: a path in Node, an address in Chromium. */
  at(path: string): string {
    return join(this.folder, path);
  }

  async text(path: string): Promise<string> {
    return new TextDecoder().decode(await readBytes(this.at(path)));
  }

  async npy(path: string): Promise<Tensor> {
    return parseNpy(await readBytes(this.at(path)), path);
  }

  /** The lines of `labels/<file>`, a class each. */
  async labels(file: string): Promise<string[]> {
    return (await this.text(`labels/${file}`)).trimEnd().split("\n");
  }
}

/** One model file in a `top3.txt`: its header, and the best class of each photo. */
export interface SeenModel {
  readonly size: number;
  readonly norm: string;
  readonly labels: string;
  /** By the name of the photo without its extension. */
  readonly photos: ReadonlyMap<string, { readonly label: string; readonly score: number }>;
}

const HEADER = /^(\S+\.onnx) {2}size=(\d+) norm=(\w+) crop=crop labels=(\S+)$/;
const PHOTO = /^ {2}(\S+)\.\w+ +(.+?) ([\d.]+) \|/;

/** The section of a model file. @throws Error when there is none. */
export function parseTop3(text: string, file: string): SeenModel {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => HEADER.exec(line)?.[1] === file);
  const header = HEADER.exec(lines[first] ?? "");
  if (!header) throw new Error(`top3.txt has no section for ${file}`);
  const photos = new Map<string, { label: string; score: number }>();
  for (const line of lines.slice(first + 1)) {
    const match = PHOTO.exec(line);
    if (!match) break;
    photos.set(match[1], { label: match[2], score: Number(match[3]) });
  }
  return { size: Number(header[2]), norm: header[3], labels: header[4], photos };
}
