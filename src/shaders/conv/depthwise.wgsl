// Depthwise convolution: one filter a channel, with any kernel, stride, dilation and padding.
//
// y[c, i, j] = bias[c] + sum over u, v of weight[c, u, v] * x[c, i * stride - top + u * dilation, ...]
//
// Layout: x and y in channel quads; weights [quad][tap] of vec4.
// Dispatch: (tiles of TILE_H x TILE_W pixels / WORKGROUP, quads, images). A tile shares its loads:
// with stride S and dilation 1 one row of it reads (TILE_W - 1) * S + KERNEL_W pixels for TILE_W.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation

override WORKGROUP: u32 = 8;
const TILE_H = 2u;
const TILE_W = 4u;
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const DILATION_H = 1u;
const DILATION_W = 1u;
// Pixels between the first and last column that a row of the tile reads, counted in STEP_W.
const SPAN_W = 6u;
// The greatest common divisor of stride and dilation: no pixel between is read.
const STEP_W = 1u;

struct Params {
  x: u32,
  x_image: u32,
  x_height: u32,
  x_width: u32,
  y: u32,
  y_image: u32,
  y_height: u32,
  y_width: u32,
  weight: u32,
  bias: u32,
  pad_top: i32,
  pad_left: i32,
  // tiles in a row of the image
  tiles: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#hold load_x
fn hold_x(place: Place) {}

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let quad = grid.y;
  let tile = grid.x * WORKGROUP + at.local;
  let y_row = tile / params.tiles * TILE_H;
  let y_column = tile % params.tiles * TILE_W;
  if (y_row >= params.y_height) {
    return;
  }
  let x_area = params.x_height * params.x_width;
  let x_quad = quad_of_x(params.x, params.x_image, image, quad, x_area);
  let top = i32(y_row * STRIDE_H) - params.pad_top;
  let left = i32(y_column * STRIDE_W) - params.pad_left;

  hold_x(Place(image, quad, 0u));
  let bias = load_weight(params.bias + quad);
  var acc: array<vec4f, TILE_H * TILE_W>;
  //#unroll
  for (var t = 0u; t < TILE_H * TILE_W; t++) {
    acc[t] = bias;
  }
  for (var u = 0u; u < KERNEL_H; u++) {
    var weight: array<vec4f, KERNEL_W>;
    //#unroll
    for (var v = 0u; v < KERNEL_W; v++) {
      weight[v] = load_weight(params.weight + (quad * KERNEL_H + u) * KERNEL_W + v);
    }
    //#unroll
    for (var r = 0u; r < TILE_H; r++) {
      let row = top + i32(r * STRIDE_H + u * DILATION_H);
      let row_inside = u32(row) < params.x_height;
      var x: array<vec4f, SPAN_W>;
      //#unroll
      for (var s = 0u; s < SPAN_W; s++) {
        let column = left + i32(s * STEP_W);
        // u32 wraps what is negative. `&&` would branch: 50x the time to compile on SwiftShader.
        let inside = row_inside & (u32(column) < params.x_width);
        let pixel = select(0u, u32(row) * params.x_width + u32(column), inside);
        let value = load_x(load(x_quad + pixel), Place(image, quad, pixel));
        x[s] = select(vec4f(0.0), value, inside);
      }
      //#unroll
      for (var c = 0u; c < TILE_W; c++) {
        //#unroll
        for (var v = 0u; v < KERNEL_W; v++) {
          acc[r * TILE_W + c] += weight[v] * x[(c * STRIDE_W + v * DILATION_W) / STEP_W];
        }
      }
    }
  }

  let y_quad = params.y + image * params.y_image + quad * params.y_height * params.y_width;
  //#unroll
  for (var r = 0u; r < TILE_H; r++) {
    //#unroll
    for (var c = 0u; c < TILE_W; c++) {
      let row = y_row + r;
      let column = y_column + c;
      if ((row < params.y_height) & (column < params.y_width)) {
        let pixel = row * params.y_width + column;
        store(y_quad + pixel, store_y(acc[r * TILE_W + c], Place(image, quad, pixel)));
      }
    }
  }
}
