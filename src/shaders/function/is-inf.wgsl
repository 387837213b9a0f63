// y = 1 where x is infinite, of the signs that count; by its bits

override POSITIVE: u32 = 1;
override NEGATIVE: u32 = 1;

fn stage(value: vec4f, place: Place) -> vec4f {
  let bits = bitcast<vec4u>(value);
  let positive = vec4<bool>(POSITIVE == 1u) & (bits == vec4u(0x7f800000u));
  let negative = vec4<bool>(NEGATIVE == 1u) & (bits == vec4u(0xff800000u));
  return vec4f(positive | negative);
}
