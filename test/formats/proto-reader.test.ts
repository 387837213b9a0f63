/** The reader of protocol buffers, on what another implementation wrote. */
import fc from "fast-check";
import { PbfWriter } from "pbf";
import { describe, expect, test } from "vitest";
import { BYTES, ProtoReader } from "../../src/formats/onnx/proto-reader.ts";

const whole = fc.maxSafeInteger();

function readerOf(write: (writer: PbfWriter) => void): ProtoReader {
  const writer = new PbfWriter();
  write(writer);
  return new ProtoReader(writer.finish());
}

describe("numbers", () => {
  test("of 64 bits are read as they were written", () => {
    const property = fc.property(fc.array(whole), (numbers) => {
      const reader = readerOf((writer) => numbers.forEach((x) => writer.writeVarint(x)));
      expect(numbers.map(() => reader.readVarint(true))).toEqual(numbers);
      expect(reader.pos).toBe(reader.length);
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  test.each([
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1, 2 ** 64],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], -(2 ** 63), 2 ** 63],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 2 ** 63, 2 ** 63],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1, 2 ** 32 - 1],
  ])("%j is %d, or without a sign %d", (bytes, signed, unsigned) => {
    expect(new ProtoReader(Uint8Array.from(bytes)).readVarint(true)).toBe(signed);
    expect(new ProtoReader(Uint8Array.from(bytes)).readVarint()).toBe(unsigned);
  });

  test("that do not end are errors", () => {
    const open = new ProtoReader(Uint8Array.of(1, 0x80, 0x80));
    open.pos = 1;
    expect(() => open.readVarint()).toThrow("the file ends in a number at byte 3");
    const long = new ProtoReader(new Uint8Array(11).fill(0x80));
    expect(() => long.readVarint()).toThrow("the number before byte 10 has more than 64 bits");
  });
});

describe("fields", () => {
  test("of every kind are read, and those that nobody reads are skipped", () => {
    const message = fc.array(
      fc.record({
        kind: fc.constantFrom("varint", "float", "double", "string", "floats", "doubles", "ints"),
        number: fc.integer({ min: 1, max: 2 ** 20 }),
        isRead: fc.boolean(),
        text: fc.string({ unit: "grapheme" }),
        values: fc.array(whole, { minLength: 1 }),
      }),
    );
    const property = fc.property(message, (fields) => {
      const reader = readerOf((writer) => {
        for (const { kind, number, text, values } of fields) {
          if (kind === "varint") writer.writeVarintField(number, values[0]);
          if (kind === "float") writer.writeFloatField(number, small(values[0]));
          if (kind === "double") writer.writeDoubleField(number, values[0]);
          // Its `writeStringField` has other bytes for characters above U+1FFFF.
          if (kind === "string") writer.writeBytesField(number, new TextEncoder().encode(text));
          if (kind === "floats") writer.writePackedFloat(number, values.map(small));
          if (kind === "doubles") writer.writePackedDouble(number, values);
          if (kind === "ints") writer.writePackedVarint(number, values);
        }
      });
      let index = 0;
      reader.readFields((number) => {
        const field = fields[index++];
        expect(number).toBe(field.number);
        if (!field.isRead) return;
        const { kind, text, values } = field;
        const list: number[] = [];
        if (kind === "varint") expect(reader.readVarint(true)).toBe(values[0]);
        if (kind === "float") expect(reader.readFloat()).toBe(small(values[0]));
        if (kind === "double") expect(reader.readDouble()).toBe(values[0]);
        if (kind === "string") expect(reader.readString()).toBe(text);
        if (kind === "floats") reader.readPackedFloat(list);
        if (kind === "doubles") reader.readPackedDouble(list);
        if (kind === "ints") reader.readPackedVarint(list, true);
        if (kind === "floats") expect(list).toEqual(values.map(small));
        if (kind === "doubles" || kind === "ints") expect(list).toEqual(values);
      }, reader.length);
      expect(index).toBe(fields.length);
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });

  test("of one element of a repeated field are elements", () => {
    const reader = readerOf((writer) => {
      writer.writeVarintField(8, 300);
      writer.writeFloatField(8, 0.5);
    });
    const list: number[] = [];
    reader.readFields(() => {
      if (list.length === 0) reader.readPackedVarint(list);
      else reader.readPackedFloat(list);
    }, reader.length);
    expect(list).toEqual([300, 0.5]);
  });

  test("of an unknown wire type are errors", () => {
    const reader = new ProtoReader(Uint8Array.of((1 << 3) | 3, 0));
    const reading = (): void => reader.readFields(() => undefined, reader.length);
    expect(reading).toThrow("there is no wire type 3, at byte 1");
  });

  test("of bytes are views of the file", () => {
    const reader = readerOf((writer) => writer.writeBytesField(9, Uint8Array.of(1, 2, 3)));
    reader.readFields(() => {
      expect(reader.type).toBe(BYTES);
      expect([...reader.readBytes()]).toEqual([1, 2, 3]);
    }, reader.length);
  });
});

/** Exact in 32 bits. */
function small(x: number): number {
  // Not -0, which is another number to `toBe`.
  return (x % 2 ** 24) + 0;
}
