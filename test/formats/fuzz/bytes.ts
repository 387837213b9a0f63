/** Damages files as bytes: what disks, networks and editors of hexadecimal do. */
import type { Random } from "./random.ts";

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** A run of up to `most` bytes somewhere in the file. */
function runIn(bytes: Uint8Array, random: Random, most: number): [start: number, end: number] {
  const start = random.below(bytes.length + 1);
  return [start, Math.min(bytes.length, start + 1 + random.below(most))];
}

const join = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length));

const flipBits: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  for (let i = random.below(8); i >= 0; i--)
    copy[random.below(copy.length)] ^= 1 << random.below(8);
  return copy;
};

const overwrite: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  for (let i = random.below(4); i >= 0; i--) copy[random.below(copy.length)] = random.below(256);
  return copy;
};

const insert: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const added = Array.from({ length: 1 + random.below(9) }, () => random.below(256));
  return join(bytes.subarray(0, at), added, bytes.subarray(at));
};

const remove: Mutation = (bytes, random) => {
  const [start, end] = runIn(bytes, random, 64);
  return join(bytes.subarray(0, start), bytes.subarray(end));
};

const repeat: Mutation = (bytes, random) => {
  const [start, end] = runIn(bytes, random, 256);
  return join(bytes.subarray(0, end), bytes.subarray(start));
};

const splice: Mutation = (bytes, random, other) => {
  const [start, end] = runIn(other, random, 256);
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(at));
};

const MUTATIONS = { truncate, flipBits, overwrite, insert, remove, repeat, splice };

/** The file with one kind of damage, and its name; `other` is a file of the same format. */
export function damage(
  bytes: Uint8Array,
  random: Random,
  other: Uint8Array,
): { bytes: Uint8Array; how: string } {
  const how = random.pick(Object.keys(MUTATIONS) as (keyof typeof MUTATIONS)[]);
  return { bytes: MUTATIONS[how](bytes, random, other), how };
}
