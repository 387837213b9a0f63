// y = the nearest float of fewer bits, halves to even; by its bits, so that it does not depend on how
// a device rounds

// Mantissa bits that are dropped: those of float16.
override DROPPED: u32 = 13;
// The bits of the least normal number; below it floats are multiples of 2^-24.
override LEAST_NORMAL: u32 = 0x38800000;
// The bits of the least number that rounds to infinity.
override OVERFLOW: u32 = 0x477ff000;

fn stage(value: vec4f, place: Place) -> vec4f {
  let bits = bitcast<vec4u>(value);
  let magnitude = bits & vec4u(0x7fffffffu);
  let odd = (magnitude >> vec4u(DROPPED)) & vec4u(1u);
  let unit = 1u << DROPPED;
  let normal = (magnitude + vec4u(unit / 2u - 1u) + odd) & vec4u(~(unit - 1u));
  let subnormal = bitcast<vec4u>(round(abs(value) * 16777216.0) / 16777216.0);
  var y = select(normal, subnormal, magnitude < vec4u(LEAST_NORMAL));
  y = select(y, vec4u(0x7f800000u), magnitude >= vec4u(OVERFLOW));
  y = select(y, magnitude, magnitude > vec4u(0x7f800000u));
  return bitcast<vec4f>(y | (bits & vec4u(0x80000000u)));
}
