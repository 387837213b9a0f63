// In the place of shared/fold-lanes where SPLIT is 1: no barrier and no workgroup memory.

fn fold_lanes(value: Partial, local: u32) -> Partial {
  return value;
}
