/** Where a block stands in its network: the builder, and the path that begins its weight names. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/graph.ts";
import type { Shape } from "../graph/tensor.ts";

export interface ScopeOptions {
  /** Added to the variance by every batch norm below; PyTorch's default is 1e-5. */
  readonly epsilon?: number;
  /** TensorFlow's padding, by which the output is the input divided by the stride, rounded up. */
  readonly samePadding?: boolean;
  /** `features.3`; empty for the network itself. */
  readonly path?: string;
}

export class Scope {
  readonly builder: GraphBuilder;
  readonly path: string;
  readonly epsilon: number;
  readonly samePadding: boolean;

  constructor(builder: GraphBuilder, options: ScopeOptions = {}) {
    this.builder = builder;
    this.path = options.path ?? "";
    this.epsilon = options.epsilon ?? 1e-5;
    this.samePadding = options.samePadding ?? false;
  }

  /** `features.3` and `conv.0` make `features.3.conv.0`. */
  name(name: string | number): string {
    return this.path ? `${this.path}.${name}` : `${name}`;
  }

  /** The scope of a part. */
  at(name: string | number): Scope {
    const { epsilon, samePadding } = this;
    return new Scope(this.builder, { epsilon, samePadding, path: this.name(name) });
  }

  /** The weight whose `state_dict` name is this path and `name`. */
  parameter(name: string, shape: Shape): Value {
    return this.builder.parameter(this.name(name), shape);
  }
}
