/** The panel that chooses the model: the default one, a file, or a network with formula weights. */
import type { PreprocessName } from "../src/index.ts";
import { create, element } from "./page.ts";
import type { ModelChoice, ModelSummary, NetworkSummary } from "./protocol.ts";

const DEFAULT = "default";

const DEFAULT_CHOICE: ModelChoice = {
  kind: "address",
  address: new URL("models/centernet.json", document.baseURI).href,
  preprocess: "centernet",
};

const TASK_NOTES: Readonly<Record<ModelSummary["task"], string>> = {
  detection: "Detection",
  classification: "Classification",
  timing: "Formula weights: timing only",
  tensors: "Neither classes nor boxes: the ranges of the outputs are shown",
};

export interface ModelPanelEvents {
  readonly onChoose: (choice: ModelChoice) => void;
  readonly onPreprocess: (preprocess: PreprocessName) => void;
}

export class ModelPanel {
  private readonly select = element("model", HTMLSelectElement);
  private readonly files = element("model-files", HTMLOptGroupElement);
  private readonly networks = element("model-networks", HTMLOptGroupElement);
  private readonly note = element("model-note", HTMLElement);
  private readonly ownOptions = element("own-options", HTMLElement);
  private readonly preprocess = element("preprocess", HTMLSelectElement);
  private readonly choices = new Map<string, ModelChoice>([[DEFAULT, DEFAULT_CHOICE]]);
  /** The entry of the model that runs, to return to when another does not load. */
  private loaded = DEFAULT;

  constructor(private readonly events: ModelPanelEvents) {
    // Browsers restore what was chosen before a reload, but the page starts with the default.
    this.select.value = DEFAULT;
    this.select.addEventListener("change", () => events.onChoose(this.chosen));
    this.preprocess.addEventListener("change", () => {
      events.onPreprocess(this.preprocess.value as PreprocessName);
    });
  }

  get chosen(): ModelChoice {
    return this.choices.get(this.select.value) ?? DEFAULT_CHOICE;
  }

  /** What the person reads in the list. */
  get chosenName(): string {
    return this.select.selectedOptions[0]?.textContent ?? "the model";
  }

  listNetworks(networks: readonly NetworkSummary[]): void {
    for (const { id, title } of networks) {
      this.add(this.networks, `network:${id}`, title, { kind: "network", id });
    }
  }

  /** Adds a file to the list and chooses it. */
  addFile(name: string, bytes: Uint8Array): void {
    const value = `file:${name}`;
    this.add(this.files, value, name, { kind: "file", name, bytes });
    this.files.hidden = false;
    this.select.value = value;
    this.events.onChoose(this.chosen);
  }

  showLoaded(model: ModelSummary, choice: ModelChoice): void {
    const entry = [...this.choices].find(([, one]) => one === choice);
    this.loaded = entry?.[0] ?? DEFAULT;
    const { task, input } = model;
    this.note.textContent = `${TASK_NOTES[task]}. Input ${input.shape.join(" × ")}.`;
    this.note.classList.toggle("warning", task === "timing");
    this.ownOptions.hidden = choice.kind !== "file";
    this.preprocess.value = model.preprocess;
  }

  /** Goes back to the model that still runs; a file that does not load leaves the list. */
  showFailed(): void {
    const failed = this.select.selectedOptions[0];
    if (failed?.parentElement === this.files && failed.value !== this.loaded) failed.remove();
    this.files.hidden = this.files.childElementCount === 0;
    this.select.value = this.loaded;
  }

  private add(group: HTMLElement, value: string, name: string, choice: ModelChoice): void {
    const options = [...group.querySelectorAll("option")];
    if (options.every((option) => option.value !== value)) {
      const option = create("option", "", name);
      option.value = value;
      group.append(option);
    }
    this.choices.set(value, choice);
  }
}
