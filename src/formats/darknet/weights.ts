/** Reads a Darknet weights file (`.weights`): a header, then the parameters one after the other. */
import { WeightsError } from "../../graph/errors.ts";
import type { Graph } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { listParameters } from "../../graph/weights.ts";

/** Three versions, then the number of images seen: 64 bits since version 0.2. */
function headerBytes(view: DataView): number {
  const [major, minor] = [view.getInt32(0, true), view.getInt32(4, true)];
  return major * 10 + minor >= 2 ? 20 : 16;
}

/**
 * The parameters of a graph by name, in the order of `listParameters`. Little-endian f32.
 * @throws WeightsError when the file is shorter or longer than the network needs
 */
export function parseDarknetWeights(
  bytes: Uint8Array,
  graph: Graph,
  name = "model.weights",
): Map<string, Tensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parameters = listParameters(graph);
  const count = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (bytes.length < 20) {
    throw new WeightsError(`weights: ${name} has ${bytes.length} bytes, too few for a header`);
  }
  let offset = headerBytes(view);
  const expected = offset + 4 * count;
  if (bytes.length !== expected) {
    throw new WeightsError(
      `weights: ${name} has ${bytes.length} bytes, but the network needs ${expected}: ` +
        `a header of ${offset} bytes and ${count} numbers`,
    );
  }
  return new Map(
    parameters.map(({ parameter, name: value, shape }) => {
      const data = new Float32Array(sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(offset + 4 * i, true);
      offset += 4 * data.length;
      return [parameter ?? value, { shape, dtype: "float32", data } satisfies Tensor];
    }),
  );
}
