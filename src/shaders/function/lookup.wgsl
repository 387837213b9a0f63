// y = the table at x, the nearest entry or between two; GATED: times x
//
// Constants: vec4(entry, difference to the next, 0, 0) for each.

override LINEAR: u32 = 1;
override GATED: u32 = 0;

struct Lookup {
  table: u32,
  // where the first entry lies, and entries a unit of x
  first: f32,
  density: f32,
  intervals: f32,
  below: f32,
  above: f32,
}
@group(1) @binding(0) var<uniform> lookup: Lookup;

fn stage(value: vec4f, place: Place) -> vec4f {
  let at = (value - lookup.first) * lookup.density;
  let inside = clamp(at, vec4f(0.0), vec4f(lookup.intervals));
  let low = min(floor(inside), vec4f(lookup.intervals - 1.0));
  let entry = select(floor(inside + 0.5), low, LINEAR == 1u);
  let a = load_weight(lookup.table + u32(entry.x)).xy;
  let b = load_weight(lookup.table + u32(entry.y)).xy;
  let c = load_weight(lookup.table + u32(entry.z)).xy;
  let d = load_weight(lookup.table + u32(entry.w)).xy;
  let rise = vec4f(a.y, b.y, c.y, d.y) * select(vec4f(0.0), inside - entry, LINEAR == 1u);
  var y = vec4f(a.x, b.x, c.x, d.x) + rise;
  y = select(y, vec4f(lookup.below), at < vec4f(0.0));
  y = select(y, vec4f(lookup.above), at > vec4f(lookup.intervals));
  return select(y, y * value, GATED == 1u);
}
