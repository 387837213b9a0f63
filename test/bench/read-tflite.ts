/** Reads what tests look at in a .tflite file: a FlatBuffer by the public schema, version 3. */

export interface TfliteOperator {
  /** BuiltinOperator */
  readonly code: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface TfliteFile {
  readonly identifier: string;
  readonly version: number;
  readonly tensors: readonly { readonly shape: readonly number[]; readonly bytes: number }[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export function readTflite(bytes: Uint8Array): TfliteFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number): number => view.getUint32(at, true);
  const follow = (at: number): number => at + u32(at);
  /** Where field `id` of a table lies; undefined where it has its default. */
  const field = (table: number, id: number): number | undefined => {
    const vtable = table - view.getInt32(table, true);
    const known = 4 + 2 * id < view.getUint16(vtable, true);
    const offset = known ? view.getUint16(vtable + 4 + 2 * id, true) : 0;
    return offset > 0 ? table + offset : undefined;
  };
  const number = (table: number, id: number): number => {
    const at = field(table, id);
    return at === undefined ? 0 : u32(at);
  };
  /** Where the items of a vector lie, of 4 bytes each. */
  const items = (table: number, id: number): number[] => {
    const at = field(table, id);
    if (at === undefined) return [];
    return Array.from({ length: u32(follow(at)) }, (_, i) => follow(at) + 4 + 4 * i);
  };
  const integers = (table: number, id: number): number[] => items(table, id).map(u32);
  const tables = (table: number, id: number): number[] => items(table, id).map(follow);

  const root = follow(0);
  const [graph] = tables(root, 2);
  const codes = tables(root, 1).map((code) => number(code, 3));
  const sizes = tables(root, 4).map((buffer) => {
    const at = field(buffer, 0);
    return at === undefined ? 0 : u32(follow(at));
  });
  return {
    identifier: new TextDecoder().decode(bytes.subarray(4, 8)),
    version: number(root, 0),
    tensors: tables(graph, 0).map((tensor) => ({
      shape: integers(tensor, 0),
      bytes: sizes[number(tensor, 2)],
    })),
    operators: tables(graph, 3).map((operator) => ({
      code: codes[number(operator, 0)],
      inputs: integers(operator, 1),
      outputs: integers(operator, 2),
    })),
    inputs: integers(graph, 1),
    outputs: integers(graph, 2),
  };
}
