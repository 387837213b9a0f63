/** Writes FlatBuffers: tables, vectors and strings, children after their parents. */

/** What a field or an element can be; a number in a table is written as its `Scalar`. */
export type Item = Scalar | Table | Vector | Text;

interface Scalar {
  readonly kind: "u8" | "i8" | "i32" | "u32" | "f32";
  readonly number: number;
}
interface Table {
  readonly kind: "table";
  /** By field id; undefined fields take the default of the schema. */
  readonly fields: readonly (Item | undefined)[];
}
interface Vector {
  readonly kind: "vector";
  readonly items: readonly (Table | Text)[] | Int32Array | Float32Array | Uint8Array;
}
interface Text {
  readonly kind: "text";
  readonly text: string;
}

export const u8 = (number: number): Scalar => ({ kind: "u8", number });
export const i8 = (number: number): Scalar => ({ kind: "i8", number });
export const i32 = (number: number): Scalar => ({ kind: "i32", number });
export const u32 = (number: number): Scalar => ({ kind: "u32", number });
export const f32 = (number: number): Scalar => ({ kind: "f32", number });
export const text = (value: string): Text => ({ kind: "text", text: value });
export const table = (...fields: (Item | undefined)[]): Table => ({ kind: "table", fields });
export const vector = (items: Vector["items"]): Vector => ({ kind: "vector", items });
export const ints = (values: readonly number[]): Vector => vector(Int32Array.from(values));

/** Bulk data starts on this many bytes, as TensorFlow Lite asks of its buffers. */
const DATA_ALIGNMENT = 16;

/** @param identifier four letters that follow the offset of the root */
export function writeFlatBuffer(root: Table, identifier: string): Uint8Array {
  const writer = new Writer();
  writer.reserve(4);
  writer.reserve(4);
  writer.bytes.set(new TextEncoder().encode(identifier), 4);
  writer.point(0, writer.place(root));
  return writer.bytes.slice(0, writer.length);
}

class Writer {
  bytes = new Uint8Array(1 << 20);
  length = 0;
  private view = new DataView(this.bytes.buffer);

  /** Grows by `size` zero bytes, and returns where they start. */
  reserve(size: number): number {
    const start = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, start));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return start;
  }

  /** Offsets are relative to where they stand. */
  point(from: number, to: number): void {
    this.view.setUint32(from, to - from, true);
  }

  place(item: Table | Vector | Text): number {
    if (item.kind === "table") return this.placeTable(item);
    return item.kind === "text"
      ? this.placeBytes(new TextEncoder().encode(`${item.text}\0`), item.text.length)
      : this.placeVector(item);
  }

  private align(alignment: number, ahead = 0): void {
    const past = (this.length + ahead) % alignment;
    if (past > 0) this.reserve(alignment - past);
  }

  private placeTable({ fields }: Table): number {
    const offsets = this.layOut(fields);
    this.align(4);
    const vtable = this.reserve(4 + 2 * fields.length);
    this.align(4);
    const start = this.reserve(offsets.size);
    this.view.setUint16(vtable, 4 + 2 * fields.length, true);
    this.view.setUint16(vtable + 2, offsets.size, true);
    this.view.setInt32(start, start - vtable, true);
    fields.forEach((field, id) => {
      if (!field) return;
      const offset = offsets.of[id];
      this.view.setUint16(vtable + 4 + 2 * id, offset, true);
      this.placeField(field, start + offset);
    });
    return start;
  }

  private layOut(fields: Table["fields"]): { of: number[]; size: number } {
    let size = 4;
    const of = fields.map((field) => {
      const bytes = field?.kind === "u8" || field?.kind === "i8" ? 1 : 4;
      if (!field) return 0;
      size += (bytes - (size % bytes)) % bytes;
      size += bytes;
      return size - bytes;
    });
    return { of, size };
  }

  private placeField(field: Item, at: number): void {
    switch (field.kind) {
      case "u8":
        return this.view.setUint8(at, field.number);
      case "i8":
        return this.view.setInt8(at, field.number);
      case "i32":
        return this.view.setInt32(at, field.number, true);
      case "u32":
        return this.view.setUint32(at, field.number, true);
      case "f32":
        return this.view.setFloat32(at, field.number, true);
      default: {
        // Children may move the bytes to a larger buffer, so they are placed first.
        const child = this.place(field);
        return this.point(at, child);
      }
    }
  }

  private placeVector({ items }: Vector): number {
    if (ArrayBuffer.isView(items)) {
      const bytes = new Uint8Array(items.buffer, items.byteOffset, items.byteLength);
      return this.placeBytes(bytes, items.length);
    }
    this.align(4);
    const start = this.reserve(4 + 4 * items.length);
    this.view.setUint32(start, items.length, true);
    items.forEach((item, i) => this.point(start + 4 + 4 * i, this.place(item)));
    return start;
  }

  private placeBytes(bytes: Uint8Array, count: number): number {
    this.align(DATA_ALIGNMENT, 4);
    const start = this.reserve(4 + bytes.length);
    this.view.setUint32(start, count, true);
    this.bytes.set(bytes, start + 4);
    return start;
  }
}
