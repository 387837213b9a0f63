/** WebGPU's flag values: Node has no global `GPUBufferUsage`, and the numbers are fixed by the standard. */

export const BUFFER = {
  MAP_READ: 0x1,
  MAP_WRITE: 0x2,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

export const TEXTURE = { COPY_DST: 0x2, TEXTURE_BINDING: 0x4, RENDER_ATTACHMENT: 0x10 } as const;

export const MAP_READ = 0x1;
export const STAGE_COMPUTE = 0x4;
