/** Conv2DBackpropInput: the transposed convolution of TensorFlow. */
import type { Pair } from "../../graph/attributes.ts";
import { convolvedSize } from "../../graph/operators/convolution.ts";
import { transposedSize } from "../../graph/operators/conv-transpose.ts";
import type { Call } from "./call.ts";
import type { Held } from "./layout.ts";
import { asImage, imageOf, isChannelsFirst, paddingOf, pairOf } from "./window.ts";

/** [h, w] of the sizes of an image, which are all four or those two. */
function sizeOfImage(call: Call): Pair {
  const sizes = call.ints(0);
  if (sizes.length === 2) return [sizes[0], sizes[1]];
  if (sizes.length !== 4) call.fail(`has ${sizes.length} sizes, expected 4 or 2`);
  return isChannelsFirst(call) ? [sizes[2], sizes[3]] : [sizes[1], sizes[2]];
}

/**
 * Input 0 is the size of the output: that of an image which a convolution with the same attributes
 * makes into input 2. Filter [kh, kw, O, C].
 */
export function conv2dBackpropInput(call: Call): Held {
  const filter = call.shapeOfRank(1, 4);
  const kernel: Pair = [filter[0], filter[1]];
  const weight = call.layouts.permute(call.native(1), [3, 2, 0, 1], `${call.name}/weight`);
  const x = imageOf(call, 2);
  const size = sizeOfImage(call);
  const stride = pairOf(call, "strides");
  const dilation = pairOf(call, "dilations", [1, 1]);
  const padding = paddingOf(call, [1, 1, ...size], kernel, stride, dilation);
  const added = size.map((pixels, axis) => {
    const pads = padding[axis] + padding[axis + 2];
    const window = [kernel[axis], stride[axis], dilation[axis], pads] as const;
    if (convolvedSize(pixels, ...window) !== x.shape[2 + axis]) {
      call.fail(`makes ${size.join("x")}, but its input is ${x.shape.slice(2).join("x")}`);
    }
    return pixels - transposedSize(x.shape[2 + axis], ...window);
  });
  const outputPadding: Pair = [added[0], added[1]];
  const attributes = { stride, padding, dilation, groups: 1, outputPadding };
  return asImage(call, call.op("convTranspose2d", [x, weight], attributes));
}
