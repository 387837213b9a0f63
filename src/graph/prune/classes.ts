/** Channels that can only be kept or removed together: a union-find over numbers. */

/** The channels of one axis of a tensor, in order. A number may occur several times. */
export type Channels = readonly number[];

export class ChannelClasses {
  private readonly parents: number[];
  private readonly pins: boolean[];

  constructor(from?: ChannelClasses) {
    this.parents = [...(from?.parents ?? [])];
    this.pins = [...(from?.pins ?? [])];
  }

  /** How many channels there are; they are the numbers below. */
  get size(): number {
    return this.parents.length;
  }

  /** New channels, each a class of its own. */
  fresh(count: number): Channels {
    const first = this.parents.length;
    for (let i = 0; i < count; i++) {
      this.parents.push(first + i);
      this.pins.push(false);
    }
    return this.parents.slice(first);
  }

  /** The number that stands for the class of a channel. */
  classOf(channel: number): number {
    const { parents } = this;
    while (parents[channel] !== channel) {
      parents[channel] = parents[parents[channel]];
      channel = parents[channel];
    }
    return channel;
  }

  /** Joins the classes of channels, pair by pair. */
  unite(a: Channels, b: Channels): void {
    a.forEach((channel, i) => {
      const [low, high] = [this.classOf(channel), this.classOf(b[i])].sort((p, q) => p - q);
      this.parents[high] = low;
      this.pins[low] ||= this.pins[high];
    });
  }

  /** These channels stay. */
  pin(channels: Channels): void {
    for (const channel of channels) this.pins[this.classOf(channel)] = true;
  }

  isPinned(channel: number): boolean {
    return this.pins[this.classOf(channel)];
  }
}
