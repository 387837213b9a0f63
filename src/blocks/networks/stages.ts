/** Lays out the rows of a network's table: repeats, and strides that become dilations. */

export interface StageRow {
  /** n: blocks of this row; 1 by default. */
  readonly repeats?: number;
  readonly outChannels: number;
  /** Of the first block; the others have 1. */
  readonly stride: number;
}

/** One block of the network. */
export interface Placed<Row> {
  readonly row: Row;
  /** A stage begins where the number of channels changes. */
  readonly stage: number;
  /** Within the stage. */
  readonly index: number;
  readonly stride: number;
  readonly dilation: number;
}

export interface Layout {
  /** Image size over the size of the last feature map. */
  readonly outputStride: number;
  /** That of the stem. */
  readonly stemStride?: number;
  /** Whether the block that loses its stride is dilated as those after it are. */
  readonly dilateFirst?: boolean;
}

/**
 * The blocks in order. Where a stride would go beyond `outputStride` it is left out, and the blocks
 * after it look as far apart as if it were there: TF-Slim (`mobilenet_v1.py`, `output_stride`) and
 * timm dilate from the next block on, torchvision (`mobilenetv3.py`, `dilated`) from this one.
 */
export function placeBlocks<Row extends StageRow>(
  rows: readonly Row[],
  { outputStride, stemStride = 2, dilateFirst = false }: Layout,
): Placed<Row>[] {
  const placed: Placed<Row>[] = [];
  let [stage, index, reached, dilation] = [-1, 0, stemStride, 1];
  let channels: number | undefined;
  for (const row of rows) {
    if (row.outChannels !== channels) [stage, index, channels] = [stage + 1, 0, row.outChannels];
    for (let i = 0; i < (row.repeats ?? 1); i++) {
      const wanted = i === 0 ? row.stride : 1;
      const fits = reached * wanted <= outputStride;
      const next = fits ? dilation : dilation * wanted;
      placed.push({
        row,
        stage,
        index: index++,
        stride: fits ? wanted : 1,
        dilation: dilateFirst ? next : dilation,
      });
      if (fits) reached *= wanted;
      dilation = next;
    }
  }
  return placed;
}
