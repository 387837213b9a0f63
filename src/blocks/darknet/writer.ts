/** Writes networks as Darknet configurations, layer by layer; each method gives the layer's index. */
import type { Section } from "./section.ts";

export interface ConvOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** The writer's own by default. */
  readonly activation?: string;
  /** Batch norm; without it the convolution has a bias. */
  readonly norm?: boolean;
}

export class Writer {
  private readonly layers: Section[] = [];

  /** @param activation of convolutions that name no other */
  constructor(
    private readonly size: number,
    public activation = "leaky",
  ) {}

  /** The configuration so far. */
  get sections(): Section[] {
    const options = { width: this.size, height: this.size, channels: 3 };
    return [{ type: "net", options }, ...this.layers];
  }

  get last(): number {
    return this.layers.length - 1;
  }

  add(type: string, options: Section["options"] = {}): number {
    return this.layers.push({ type, options }) - 1;
  }

  /** A convolution that keeps the size, divided by the stride. */
  conv(filters: number, size: number, options: ConvOptions = {}): number {
    const { stride = 1, groups = 1, activation = this.activation, norm = true } = options;
    const batch_normalize = Number(norm);
    return this.add("convolutional", {
      ...{ filters, size, stride, groups, activation, batch_normalize },
      pad: 1,
    });
  }

  linear(filters: number, size = 1): number {
    return this.conv(filters, size, { activation: "linear" });
  }

  /** The last convolution of a classifier or of a head: with a bias, without an activation. */
  output(filters: number): number {
    return this.conv(filters, 1, { activation: "linear", norm: false });
  }

  maxpool(size: number, stride: number, options: Section["options"] = {}): number {
    return this.add("maxpool", { size, stride, ...options });
  }

  route(...layers: readonly number[]): number {
    return this.add("route", { layers: layers.join(",") });
  }

  shortcut(from: number, activation = "linear"): number {
    return this.add("shortcut", { from, activation });
  }

  yolo(): number {
    return this.add("yolo");
  }
}
