/** The panel of results: boxes above the chosen score, the best classes, or the ranges of outputs. */
import { countObjects, type Labelled } from "./detections.ts";
import { COCO_80, labelOf } from "./labels.ts";
import { listClasses, listDetections, listTensors } from "./lists.ts";
import type { Overlay } from "./overlay.ts";
import { element, percent } from "./page.ts";
import type { Shown } from "./runner.ts";

const TIMING_ONLY = "Formula weights: timing only. What this network answers means nothing.";

export class ResultPanel {
  private readonly summary = element("summary", HTMLElement);
  private readonly list = element("results", HTMLElement);
  private readonly slider = element("threshold", HTMLInputElement);
  private readonly sliderRow = element("threshold-row", HTMLElement);
  private readonly sliderValue = element("threshold-value", HTMLOutputElement);
  private shown: Shown | null = null;
  private mirrored = false;
  private labels: readonly string[] | null = null;

  constructor(private readonly overlay: Overlay) {
    this.slider.addEventListener("input", () => this.draw());
  }

  /** What was found, in a sentence for people who do not see the picture. */
  get text(): string {
    return this.summary.textContent;
  }

  show(shown: Shown, mirrored: boolean): void {
    this.shown = shown;
    this.mirrored = mirrored;
    this.draw();
  }

  /** Names of the classes of a model of the person's own; null for the usual ones. */
  setLabels(labels: readonly string[] | null): void {
    this.labels = labels;
    this.draw();
  }

  /** Nothing is known about the picture that is shown now. */
  clear(): void {
    this.shown = null;
    this.overlay.clear();
    this.list.replaceChildren();
    this.summary.textContent = "";
  }

  private draw(): void {
    this.sliderValue.value = percent(this.slider.valueAsNumber);
    if (!this.shown) return;
    const { findings } = this.shown.result;
    this.sliderRow.hidden = findings.task !== "detection";
    if (findings.task === "detection") {
      this.drawDetections();
      return;
    }
    this.overlay.clear();
    if (findings.task === "classification") {
      listClasses(this.list, findings.classes, this.labels ?? []);
      const best = findings.classes[0];
      this.summary.textContent = `${labelOf(this.labels ?? [], best.index)}, ${percent(best.score)}`;
    } else if (findings.task === "tensors") {
      listTensors(this.list, findings.tensors);
      this.summary.textContent = `${findings.tensors.length} outputs`;
    } else {
      this.list.replaceChildren();
      this.summary.textContent = TIMING_ONLY;
    }
  }

  private drawDetections(): void {
    const { result, width, height } = this.shown!;
    if (result.findings.task !== "detection") return;
    const labels = this.labels ?? COCO_80;
    const detections: Labelled[] = result.findings.detections
      .filter(({ score }) => score >= this.slider.valueAsNumber)
      .map((detection) => ({ ...detection, label: labelOf(labels, detection.index) }));
    listDetections(this.list, detections, (detection) => this.overlay.point(detection));
    this.overlay.show({ detections, width, height, mirrored: this.mirrored });
    this.summary.textContent = countObjects(detections);
  }
}
