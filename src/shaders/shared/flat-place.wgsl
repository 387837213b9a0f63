// The place of a quad that is counted over all images, quads and pixels of a tensor.

//#import shared/place

fn place_at(index: u32, quads: u32, area: u32) -> Place {
  let plane = index / area;
  return Place(plane / quads, plane % quads, index % area);
}
