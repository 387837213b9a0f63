/** Reads the wire format of protocol buffers: https://protobuf.dev/programming-guides/encoding/ */

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bits of a number that are gathered as an integer; those above them as a multiple of 2^28. */
const LOW_BITS = 28;
const LOW = 2 ** LOW_BITS;
const MOST_BITS = 64;

/** A place in the bytes of a file, and the methods to read on from there. */
export class ProtoReader {
  pos = 0;
  /** The wire type of the field that is read. */
  type = VARINT;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Calls `read` at each field before `end`; fields that it leaves are skipped. @throws Error */
  readFields(read: (field: number) => void, end: number): void {
    while (this.pos < end) {
      const tag = this.readVarint();
      this.type = tag % 8;
      const start = this.pos;
      read(Math.floor(tag / 8));
      if (this.pos === start) this.skip();
    }
  }

  /** A number of 64 bits: exact to 2^53. @throws Error when the bytes end before it, or it does not */
  readVarint(signed = false): number {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < MOST_BITS; shift += 7) {
      const byte = this.bytes.at(this.pos++);
      if (byte === undefined) throw new Error(`the file ends in a number at byte ${this.pos - 1}`);
      if (shift < LOW_BITS) low |= (byte & 127) << shift;
      else high += (shift === 63 ? byte & 1 : byte & 127) * 2 ** (shift - LOW_BITS);
      if (byte > 127) continue;
      // The highest of 64 bits stands for -2^63.
      const isNegative = signed && high >= 2 ** (MOST_BITS - 1 - LOW_BITS);
      return (isNegative ? high - 2 ** (MOST_BITS - LOW_BITS) : high) * LOW + low;
    }
    throw new Error(`the number before byte ${this.pos} has more than ${MOST_BITS} bits`);
  }

  readFloat(): number {
    return this.view.getFloat32((this.pos += 4) - 4, true);
  }

  readDouble(): number {
    return this.view.getFloat64((this.pos += 8) - 8, true);
  }

  /** A view of the file's bytes. */
  readBytes(): Uint8Array {
    const size = this.readVarint();
    return this.bytes.subarray(this.pos, (this.pos += size));
  }

  readString(): string {
    return TEXT.decode(this.readBytes());
  }

  readPackedVarint(to: number[], signed = false): void {
    this.readPacked(to, () => this.readVarint(signed));
  }

  readPackedFloat(to: number[]): void {
    this.readPacked(to, () => this.readFloat());
  }

  readPackedDouble(to: number[]): void {
    this.readPacked(to, () => this.readDouble());
  }

  /** A repeated field: its elements one after the other, or one of them. */
  private readPacked(to: number[], read: () => number): void {
    const end = this.type === BYTES ? this.readVarint() + this.pos : this.pos + 1;
    while (this.pos < end) to.push(read());
  }

  private skip(): void {
    switch (this.type) {
      case VARINT:
        this.readVarint();
        break;
      case FIXED64:
        this.pos += 8;
        break;
      case BYTES:
        this.readBytes();
        break;
      case FIXED32:
        this.pos += 4;
        break;
      default:
        throw new Error(`there is no wire type ${this.type}, at byte ${this.pos}`);
    }
  }
}
