/** Takes channels out of constants, or writes zeros in their place. */
import type { Value } from "../graph.ts";
import type { Tensor } from "../tensor.ts";
import type { Channels } from "./classes.ts";
import type { Count, Cut } from "./follower.ts";

/** Whether a channel stays. */
export type Stays = (channel: number) => boolean;

/** Calls `visit` with row, column (both over all groups) and offset of each run of `rest` elements. */
export function eachRun(
  { view: [groups, rows, columns] }: Pick<Cut, "view">,
  rest: number,
  visit: (row: number, column: number, offset: number) => void,
): void {
  for (let group = 0, offset = 0; group < groups; group++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, offset += rest) {
        visit(group * rows + row, group * columns + column, offset);
      }
    }
  }
}

function staysAt(cut: Cut, stays: Stays): (row: number, column: number) => boolean {
  const [rows, columns] = [cut.rows, cut.columns].map((side) => side?.channels.map(stays));
  return (row, column) => (rows?.[row] ?? true) && (columns?.[column] ?? true);
}

/** The constant without the channels that do not stay; itself if all do. */
export function withoutChannels(value: Value, cut: Cut, stays: Stays, count: Count): Value {
  const { constant } = value;
  const size = (channels: Channels): number => channels.length - count(channels);
  if (!constant || [cut.rows, cut.columns].every((side) => !side || size(side.channels) === 0)) {
    return value;
  }
  const [groups, , , rest] = cut.view;
  const data = constant.data.slice();
  const isKept = staysAt(cut, stays);
  let length = 0;
  eachRun(cut, rest, (row, column, offset) => {
    if (!isKept(row, column)) return;
    data.copyWithin(length, offset, offset + rest);
    length += rest;
  });
  const shape = [...value.shape];
  if (cut.rows) shape[cut.rows.axis] = count(cut.rows.channels);
  if (cut.columns) shape[cut.columns.axis] = count(cut.columns.channels) / groups;
  const tensor: Tensor = { ...constant, shape, data: data.slice(0, length) };
  return { ...value, shape, constant: tensor };
}

/** The constant with zeros for the channels that do not stay. */
export function withZeros(value: Value, cut: Cut, stays: Stays): Value {
  const { constant } = value;
  if (!constant) return value;
  const [, , , rest] = cut.view;
  const data = constant.data.slice();
  const isKept = staysAt(cut, stays);
  eachRun(cut, rest, (row, column, offset) => {
    if (!isKept(row, column)) data.fill(0, offset, offset + rest);
  });
  return { ...value, constant: { ...constant, data } };
}
