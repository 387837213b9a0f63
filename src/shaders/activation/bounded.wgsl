// y = min(max(x, low), high): no activation, ReLU, ReLU6 or clamp by numbers, so that layers which differ
// in these share one shader. NaN stays NaN. With HARD_SWISH also that: y times relu6(x + 3) / 6.

const HARD_SWISH = false;

struct Bounds {
  low: f32,
  high: f32,
  // 1: multiply by relu6(x + 3) * scale; 0: scale is 1
  swish: u32,
  scale: f32,
}
@group(1) @binding(0) var<uniform> bounds: Bounds;

fn stage(value: vec4f, place: Place) -> vec4f {
  let above = select(value, vec4f(bounds.low), value < vec4f(bounds.low));
  let y = select(above, vec4f(bounds.high), above > vec4f(bounds.high));
  if (HARD_SWISH) {
    let factor = clamp(value + 3.0, vec4f(0.0), vec4f(6.0));
    return y * select(vec4f(1.0), factor, bounds.swish == 1u) * bounds.scale;
  }
  return y;
}
