/** Ranges of the arena with a life, and the tensors that lie in them. Offsets are in vec4s. */
import type { Flat, Quads } from "../shaders/spec.ts";

/** A range of the arena: a root, planned by `memory.ts`, or a part of another storage. */
export class Storage {
  /** The storage that this one is a part of, and where. */
  private parent: { readonly storage: Storage; readonly delta: number } | null = null;
  /** Of a root, in vec4s from the start of the arena; set by memory planning. */
  offset = 0;
  /** First and last step that touch a root. */
  first = Infinity;
  last = -Infinity;

  constructor(
    readonly name: string,
    /** vec4s */
    readonly size: number,
    /** vec4s from one image to the next; absent where the tensor is flat. */
    private readonly ownImageStride?: number,
  ) {}

  /** Whether it holds channel quads. */
  get isQuads(): boolean {
    return this.ownImageStride !== undefined;
  }

  get root(): Storage {
    return this.parent ? this.parent.storage.root : this;
  }

  get isRoot(): boolean {
    return this.parent === null;
  }

  /** vec4s from the start of the root. */
  get startInRoot(): number {
    return this.parent ? this.parent.storage.startInRoot + this.parent.delta : 0;
  }

  /** vec4s from the start of the arena. */
  get start(): number {
    return this.parent ? this.parent.storage.start + this.parent.delta : this.offset;
  }

  get imageStride(): number {
    return this.parent ? this.parent.storage.imageStride : (this.ownImageStride ?? this.size);
  }

  /** Makes this storage a part of another, `delta` vec4s from its start. */
  placeIn(storage: Storage, delta: number): void {
    this.parent = { storage, delta };
    const { root } = this;
    root.first = Math.min(root.first, this.first);
    root.last = Math.max(root.last, this.last);
  }

  /** Step `index` reads or writes this storage. */
  touch(index: number): void {
    const { root } = this;
    root.first = Math.min(root.first, index);
    root.last = Math.max(root.last, index);
  }
}

/** A tensor in quads within a storage; `axes` says which of n, c, h, w each logical axis is. */
export interface QuadsPlace {
  readonly layout: "quads";
  readonly storage: Storage;
  /** vec4s from the start of the storage */
  readonly start: number;
  readonly dims: readonly [number, number, number, number];
  readonly axes: readonly number[];
}

/** Some quads of a tensor in quads. */
export interface Fragment {
  readonly storage: Storage;
  /** vec4s from the start of the storage */
  readonly start: number;
  readonly quads: number;
}

/** A tensor in quads whose quads lie apart, in several storages. */
export interface FragmentedPlace extends Pick<QuadsPlace, "dims" | "axes"> {
  readonly layout: "fragments";
  readonly fragments: readonly Fragment[];
}

/** A strided tensor of f32 within a storage. */
export interface FlatPlace {
  readonly layout: "flat";
  readonly storage: Storage;
  /** f32s from the start of the storage */
  readonly start: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export type Place = QuadsPlace | FlatPlace;
/** Where a kernel that walks a table of quads can read. */
export type ReadPlace = QuadsPlace | FragmentedPlace;

/** The tensors of all specs; their offsets are filled in when memory is planned. */
export class TensorTable {
  private readonly resolvers: (() => void)[] = [];

  quads({ storage, start, dims }: QuadsPlace): Quads {
    const [images, channels, height, width] = dims;
    const tensor: Quads = { offset: 0, images, channels, height, width, imageStride: 0 };
    this.resolvers.push(() => {
      tensor.offset = storage.start + start;
      tensor.imageStride = storage.imageStride;
    });
    return tensor;
  }

  /** As `quads`, for a reader that may find the quads of x in a table. */
  read(place: ReadPlace): Quads {
    if (place.layout === "quads") return this.quads(place);
    const [images, channels, height, width] = place.dims;
    const table: number[] = [];
    const tensor: Quads = { offset: 0, images, channels, height, width, imageStride: 0, table };
    this.resolvers.push(() => {
      for (let image = 0; image < images; image++) {
        for (const { storage, start, quads } of place.fragments) {
          const first = storage.start + start + image * storage.imageStride;
          for (let k = 0; k < quads; k++) table.push(first + k * height * width);
        }
      }
    });
    return tensor;
  }

  /** A flat tensor whose first element is `start` f32s into the storage. */
  flat(storage: Storage, shape: readonly number[], start = 0): Flat {
    const tensor: Flat = { offset: 0, shape };
    this.resolvers.push(() => {
      tensor.offset = storage.start * 4 + start;
    });
    return tensor;
  }

  /** A flat tensor as one row of quads, for kernels that work quad by quad. */
  flatAsQuads(storage: Storage, size: number, start = 0): Quads {
    const width = Math.ceil(size / 4);
    const dims = [1, Math.min(size, 4), 1, width] as const;
    const tensor: Quads = {
      offset: 0,
      images: 1,
      channels: dims[1],
      height: 1,
      width,
      imageStride: width,
    };
    this.resolvers.push(() => {
      tensor.offset = storage.start + start / 4;
    });
    return tensor;
  }

  resolve(): void {
    for (const resolver of this.resolvers) resolver();
  }
}
