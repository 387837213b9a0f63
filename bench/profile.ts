/** Times each dispatch of a network, with what it computes and moves; runs in Node and in a page. */
import { createModel, syntheticInput } from "../src/index.ts";

export interface DispatchTime {
  readonly label: string;
  readonly kernel: string;
  readonly ms: number;
  readonly macs: number;
  /** Read, written and of weights. */
  readonly bytes: number;
}

export interface NetworkProfile {
  readonly network: string;
  /** Whether the GPU took the times; if not, each includes a submit. */
  readonly timestamps: boolean;
  readonly dispatches: readonly DispatchTime[];
}

/** Medians over the repeats, on the wall. */
export async function profileNetwork(network: string, repeat: number): Promise<NetworkProfile> {
  const model = await createModel(network, "synthetic");
  try {
    const input = syntheticInput(model.inputs[0].shape);
    await model.run(input);
    const { rows, timestamps } = await model.profile(input, { repeat });
    const { dispatches } = model.explain();
    return {
      network,
      timestamps,
      dispatches: rows.map(({ label, kernel, ms, macs }, i) => {
        const { readBytes, writeBytes, weightBytes } = dispatches[i];
        return { label, kernel, ms, macs, bytes: readBytes + writeBytes + weightBytes };
      }),
    };
  } finally {
    model.dispose();
  }
}
