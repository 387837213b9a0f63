// Whether a selected box suppresses another: the kernel's Params have `mantissa`, `exponent`,
// `threshold`.

override CENTER: bool = false;
override GREEDY: bool = false;

// Least and greatest coordinates of a box, given by its centre and size or by two opposite corners.
fn corners_of(box: vec4f) -> vec4f {
  let a = select(box.xy, box.xy - 0.5 * box.zw, CENTER);
  let b = select(box.zw, box.xy + 0.5 * box.zw, CENTER);
  return vec4f(min(a, b), max(a, b));
}

fn area_of(corners: vec4f) -> f32 {
  let size = corners.zw - corners.xy;
  return size.x * size.y;
}

fn suppresses(a: vec4f, b: vec4f) -> bool {
  let size = max(min(a.zw, b.zw) - max(a.xy, b.xy), vec2f(0.0));
  let shared_area = size.x * size.y;
  // Most boxes do not meet: the rest is not for them.
  if (shared_area <= 0.0) {
    return false;
  }
  let united = area_of(a) + area_of(b) - shared_area;
  if (GREEDY) {
    let offset = 0.5 * (a.xy + a.zw - b.xy - b.zw);
    let extent = max(a.zw, b.zw) - min(a.xy, b.xy);
    let ratio = dot(offset, offset) / dot(extent, extent);
    let excess = shared_area / united - params.threshold;
    // iou - ratio^0.6 > threshold without pow, which is not exact.
    let squared = excess * excess;
    return (excess > 0.0) & (ratio * ratio * ratio < squared * squared * excess);
  }
  return quotient_exceeds(shared_area, united);
}

// Whether a / b, rounded to the nearest f32, is greater than the threshold t. A division is only
// about right in WGSL, so 24-bit mantissas are compared as integers: a > b * m, where m is the middle
// between t and the next f32, an odd number of 25 bits. No quotient of two f32s lies in a middle.
fn quotient_exceeds(a: f32, b: f32) -> bool {
  let difference = exponent_of(a) - exponent_of(b) - params.exponent;
  // Beyond these the greater power of 2 decides, and so it does at them.
  let shift = u32(clamp(difference, 23, 26));
  let left = vec2u(mantissa_of(a) >> (32u - shift), mantissa_of(a) << shift);
  let right = multiply_wide(params.mantissa, mantissa_of(b));
  return (left.x > right.x) | ((left.x == right.x) & (left.y > right.y));
}

fn exponent_of(x: f32) -> i32 {
  return i32(bitcast<u32>(x) >> 23u);
}

fn mantissa_of(x: f32) -> u32 {
  return (bitcast<u32>(x) & 0x7fffffu) | 0x800000u;
}

// The high and the low word of a product.
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
  return vec2u(
    (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u),
    (second << 16u) | (low & 0xffffu),
  );
}
