// 3x3 convolution with padding 1, an activation, and the maximum of 2x2 windows, in one kernel.
//
// y[o, i, j] = max over a, b < 2 of f(bias[o] + sum over c, u, v of
//   weight[o, c, u, v] * x[c, 2 i + a + u - 1, 2 j + b + v - 1])
//
// Layout: x and y in channel quads; weights [y quad][tap][x quad] of 4 x 4 blocks.
// Dispatch: (pixels of y / (WORKGROUP * TILE_PIXELS), y quads / TILE_QUADS, images). A window needs
// 4 x 4 pixels of x for its 4 sums: each is loaded once, not up to 9 times.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 64;
const TILE_PIXELS = 1u;
const TILE_QUADS = 2u;

struct Params {
  x: u32,
  x_image: u32,
  x_quads: u32,
  x_height: u32,
  x_width: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_height: u32,
  y_width: u32,
  weight: u32,
  bias: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot activate
fn activate(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_pixel = grid.x * WORKGROUP * TILE_PIXELS + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let area = params.y_height * params.y_width;
  let x_area = params.x_height * params.x_width;

  var block: array<u32, TILE_QUADS>;
  // The four sums of each window, window by window.
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS * 4u>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, params.y_quads - 1u);
    block[q] = params.weight + quad * 9u * params.x_quads * 4u;
    let bias = load_weight(params.bias + quad);
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      //#unroll
      for (var s = 0u; s < 4u; s++) {
        acc[(p * TILE_QUADS + q) * 4u + s] = bias;
      }
    }
  }
  // The first row and column of x under each window; what is negative wraps to a large u32.
  var corner: array<vec2u, TILE_PIXELS>;
  //#unroll
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = min(first_pixel + p * WORKGROUP, area - 1u);
    corner[p] = vec2u(pixel / params.y_width, pixel % params.y_width) * 2u - 1u;
  }

  for (var k = 0u; k < params.x_quads; k++) {
    let x_quad = quad_of_x(params.x, params.x_image, image, k, x_area);
    var x: array<vec4f, TILE_PIXELS * 16u>;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      //#unroll
      for (var r = 0u; r < 4u; r++) {
        //#unroll
        for (var c = 0u; c < 4u; c++) {
          let at_x = corner[p] + vec2u(r, c);
          let inside = (at_x.x < params.x_height) & (at_x.y < params.x_width);
          let value = load(x_quad + select(0u, at_x.x * params.x_width + at_x.y, inside));
          x[p * 16u + r * 4u + c] = select(vec4f(0.0), value, inside);
        }
      }
    }
    //#unroll
    for (var u = 0u; u < 3u; u++) {
      //#unroll
      for (var v = 0u; v < 3u; v++) {
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          let weight = weight_block(block[q] + ((u * 3u + v) * params.x_quads + k) * 4u, at);
          //#unroll
          for (var p = 0u; p < TILE_PIXELS; p++) {
            //#unroll
            for (var s = 0u; s < 4u; s++) {
              let pixel = x[p * 16u + (u + s / 2u) * 4u + v + s % 2u];
              acc[(p * TILE_QUADS + q) * 4u + s] += weight * pixel;
            }
          }
        }
      }
    }
  }

  //#unroll
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = first_pixel + p * WORKGROUP;
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      let quad = first_quad + q;
      if ((pixel < area) & (quad < params.y_quads)) {
        var most = vec4f(0.0);
        //#unroll
        for (var s = 0u; s < 4u; s++) {
          let row = pixel / params.y_width * 2u + s / 2u;
          let column = pixel % params.y_width * 2u + s % 2u;
          let place = Place(image, quad, row * params.x_width + column);
          let value = activate(acc[(p * TILE_QUADS + q) * 4u + s], place);
          most = select(max(most, value), value, s == 0u);
        }
        let to = params.y + image * params.y_image + quad * area + pixel;
        store(to, store_y(most, Place(image, quad, pixel)));
      }
    }
  }
}
