// The gates of channels, from the mean of a map to a convolution of the means across channels.
//
// mean[c] = sum over pixels p of x[c, p] / area, 0 outside of the C channels
// y[c] = bias + sum over taps t of weight[t] * mean[c + t * dilation - padding]
//
// Layout: x in channel quads; y in channel quads of one pixel; weights by `packChannelTaps`: a block
// of 4 x 4 for each quad from REACH before the outputs' to REACH behind it, then the bias. The means
// are kept in the arena, quads + WORKGROUP vec4s an image.
// Dispatch: (images). Where there are fewer quads than invocations, `split` of them share a sum.
// Source: Wang et al., ECA-Net, arXiv 1910.03151, section 3.2.

//#import shared/memory
//#import shared/place
//#import shared/grid
//#import shared/invocation

override WORKGROUP: u32 = 256;

struct Params {
  x: u32,
  x_image: u32,
  // pixels of an image of x
  area: u32,
  channels: u32,
  quads: u32,
  split: u32,
  between: u32,
  between_image: u32,
  y: u32,
  y_image: u32,
  weight: u32,
  // quads on each side that the taps meet
  reach: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let image = grid_position(at.workgroup).x;
  let mean = params.between + image * params.between_image;
  let parts = mean + params.quads;
  let split = params.split;

  for (var i = at.local; i < params.quads * split; i += WORKGROUP) {
    // Divided before it is stored: a sum may exceed the greatest f16.
    let part = sum_of_pixels(image, i / split, i % split) / f32(params.area);
    store(select(parts, mean, split == 1u) + i, part);
  }
  if (split > 1u) {
    storageBarrier();
    if (at.local < params.quads) {
      var sum = vec4f(0.0);
      for (var i = 0u; i < split; i++) {
        sum += load(parts + at.local * split + i);
      }
      store(mean + at.local, sum);
    }
  }
  storageBarrier();

  let start = params.y + image * params.y_image;
  for (var quad = at.local; quad < params.quads; quad += WORKGROUP) {
    store(start + quad, store_y(convolve(mean, quad), Place(image, quad, 0u)));
  }
}

// Every split-th pixel of a quad; nothing in lanes without a channel.
fn sum_of_pixels(image: u32, quad: u32, first: u32) -> vec4f {
  let start = params.x + image * params.x_image + quad * params.area;
  var sum = vec4f(0.0);
  for (var pixel = first; pixel < params.area; pixel += params.split) {
    sum += load(start + pixel);
  }
  let lanes = vec4u(0u, 1u, 2u, 3u) + 4u * quad;
  return select(vec4f(0.0), sum, lanes < vec4u(params.channels));
}

fn convolve(mean: u32, quad: u32) -> vec4f {
  let reach = params.reach;
  var y = load_weight(params.weight + 4u * (2u * reach + 1u));
  let first = max(quad, reach) - reach;
  let last = min(quad + reach, params.quads - 1u);
  for (var source = first; source <= last; source++) {
    let block = params.weight + 4u * (source + reach - quad);
    let weight = mat4x4f(
      load_weight(block),
      load_weight(block + 1u),
      load_weight(block + 2u),
      load_weight(block + 3u),
    );
    y += weight * load(mean + source);
  }
  return y;
}
