// Zero in the lanes beyond the last channel: a function such as 1 / x would leave an infinity there,
// and 0 * infinity is not 0 in the next convolution.

struct Mask {
  channels: u32,
}
@group(1) @binding(0) var<uniform> mask: Mask;

fn stage(value: vec4f, place: Place) -> vec4f {
  let channel = place.quad * 4u + vec4u(0u, 1u, 2u, 3u);
  return select(vec4f(0.0), value, channel < vec4u(mask.channels));
}
