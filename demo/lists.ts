/** Lists what was found: objects, the best classes as bars, or the ranges of raw outputs. */
import { colourOf } from "./colours.ts";
import type { Labelled } from "./detections.ts";
import { labelOf } from "./labels.ts";
import { create, percent } from "./page.ts";
import type { ClassScore, TensorSummary } from "./protocol.ts";

/** Writes the list; `onPoint` hears which object is pointed at, or null. */
export function listDetections(
  list: HTMLElement,
  detections: readonly Labelled[],
  onPoint: (detection: Labelled | null) => void,
): void {
  const items = detections.map((detection) => {
    const item = create("li", "found");
    const swatch = create("span", "swatch");
    swatch.style.background = colourOf(detection.index);
    item.append(
      swatch,
      create("span", "name", detection.label),
      create("span", "score", percent(detection.score)),
    );
    item.addEventListener("pointerenter", () => onPoint(detection));
    item.addEventListener("pointerleave", () => onPoint(null));
    return item;
  });
  list.replaceChildren(...items);
}

export function listClasses(
  list: HTMLElement,
  classes: readonly ClassScore[],
  labels: readonly string[],
): void {
  const items = classes.map(({ index, score }) => {
    const item = create("li", "class");
    const bar = create("span", "bar");
    bar.style.setProperty("--share", String(score));
    item.append(
      create("span", "name", labelOf(labels, index)),
      create("span", "score", percent(score)),
      bar,
    );
    return item;
  });
  list.replaceChildren(...items);
}

export function listTensors(list: HTMLElement, tensors: readonly TensorSummary[]): void {
  const items = tensors.map(({ name, shape, least, greatest, mean }) => {
    const item = create("li", "tensor");
    const range = [least, greatest].map((value) => value.toPrecision(3)).join(" to ");
    item.append(
      create("span", "name", `${name} [${shape.join(", ")}]`),
      create("span", "score", `${range}, mean ${mean.toPrecision(3)}`),
    );
    return item;
  });
  list.replaceChildren(...items);
}
