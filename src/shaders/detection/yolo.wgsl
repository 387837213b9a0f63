// Decodes the map of a YOLO head (YOLOv3, v4): boxes, and the scores of their classes.
//
// boxes[n, (a, i, j)] = ((c(t_x) + j) / width, (c(t_y) + i) / height, e^t_w * w_a, e^t_h * h_a)
// scores[n, k, (a, i, j)] = sigmoid(t_k) * sigmoid(t_o), c(t) = SCALE * sigmoid(t) - (SCALE - 1) / 2
//
// where t = x[n, a * entries .., i, j] is x, y, w, h, o and the classes
//
// Layout: x in channel quads, read as scalars; boxes [images, count, 4], scores [images, classes,
// count] flat, count = anchors * height * width; anchors (w, h) packed.
// Dispatch: flat over images, classes + 1 and count: one invocation decodes a box, or scores a class.

//#import shared/memory-flat
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  // x in vec4s, the others in f32s
  x: u32,
  x_image: u32,
  area: u32,
  width: u32,
  height: u32,
  // channels of an anchor: classes + 5
  entries: u32,
  // boxes of an image
  count: u32,
  images: u32,
  boxes: u32,
  scores: u32,
  anchors: u32,
  scale: f32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  let tasks = params.entries - 4u;
  let box = index % params.count;
  let task = index / params.count % tasks;
  let image = index / params.count / tasks;
  if (image >= params.images) {
    return;
  }
  let anchor = box / params.area;
  let pixel = box % params.area;
  let first = anchor * params.entries;
  if (task > 0u) {
    let y = params.scores + (image * (tasks - 1u) + task - 1u) * params.count + box;
    let objectness = sigmoid(entry(image, first + 4u, pixel));
    store_element(y, sigmoid(entry(image, first + 4u + task, pixel)) * objectness);
    return;
  }
  let y = params.boxes + 4u * (image * params.count + box);
  let w = load_weight_element(params.anchors + 2u * anchor);
  let h = load_weight_element(params.anchors + 2u * anchor + 1u);
  store_element(y, (centre(image, first, pixel) + f32(pixel % params.width)) / f32(params.width));
  store_element(
    y + 1u,
    (centre(image, first + 1u, pixel) + f32(pixel / params.width)) / f32(params.height),
  );
  store_element(y + 2u, exp(entry(image, first + 2u, pixel)) * w);
  store_element(y + 3u, exp(entry(image, first + 3u, pixel)) * h);
}

fn entry(image: u32, channel: u32, pixel: u32) -> f32 {
  let quad = params.x + image * params.x_image + channel / 4u * params.area + pixel;
  return load_element(4u * quad + channel % 4u);
}

fn centre(image: u32, channel: u32, pixel: u32) -> f32 {
  return params.scale * sigmoid(entry(image, channel, pixel)) - 0.5 * (params.scale - 1.0);
}

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-x));
}
