/** Copies between the arena and the buffers of a page, which hold row-major f32. */

/** Offsets are in elements of the arena, and multiples of 4. */
export interface BufferCopies {
  /** Fills `count` elements of the arena. */
  toArena(encoder: GPUCommandEncoder, from: GPUBuffer, arena: ArenaSlice): void;
  /** Fills a buffer that may be bound as storage, from its element `start` on. */
  fromArena(encoder: GPUCommandEncoder, arena: ArenaSlice, to: GPUBuffer, start: number): void;
  dispose?(): void;
}

export interface ArenaSlice {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly count: number;
}

/** For an arena of f32. */
export const PLAIN_COPIES: BufferCopies = {
  toArena(encoder, from, { buffer, offset, count }) {
    encoder.copyBufferToBuffer(from, 0, buffer, offset * 4, count * 4);
  },
  fromArena(encoder, { buffer, offset, count }, to, start) {
    encoder.copyBufferToBuffer(buffer, offset * 4, to, start * 4, count * 4);
  },
};
