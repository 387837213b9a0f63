/** Turns tensors from [N, C, H, W] to [N, H, W, C]. */

/** The axis of [N, C, H, W] at each place. */
export const LAST: readonly number[] = [0, 2, 3, 1];

/** [N, C, H, W] data in the order [N, H, W, C]; other ranks as they are. */
export function channelsLast(data: Float32Array, shape: readonly number[]): Float32Array {
  if (shape.length !== 4) return data;
  const [batch, channels, height, width] = shape;
  const area = height * width;
  const turned = new Float32Array(data.length);
  let to = 0;
  for (let n = 0; n < batch; n++) {
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++) turned[to++] = data[(n * channels + c) * area + p];
    }
  }
  return turned;
}
