/** Compares the slots that a fusion fills with those of its kernel. */
import { ShaderError } from "../../graph/errors.ts";
import type { Kernel } from "../../shaders/kernel.ts";

export interface Filled {
  readonly name: string;
  readonly stages?: Readonly<Record<string, readonly string[]>>;
  readonly canStore?: boolean;
}

/** @throws ShaderError when the kernel lacks a slot. */
export function checkSlots(
  { name, stages = {}, canStore = false }: Filled,
  kernel: Pick<Kernel<never>, "name" | "slots">,
): void {
  const needed = [...Object.keys(stages), ...(canStore ? ["store_y"] : [])];
  const missing = needed.find((slot) => !kernel.slots.includes(slot));
  if (missing === undefined) return;
  const known = kernel.slots.length > 0 ? kernel.slots.join(", ") : "none";
  throw new ShaderError(
    `fusion "${name}": kernel "${kernel.name}" has no slot "${missing}"; its slots are ${known}`,
  );
}
