/** Tells the person what goes on: a line that screen readers hear, a banner for errors, a progress bar by phase. */
import type { Progress } from "../src/index.ts";
import { create, element, megabytes } from "./page.ts";

type Phase = Progress["phase"];

const PHASES: Readonly<Record<Phase, string>> = {
  download: "Download",
  compile: "Plan",
  upload: "Weights",
  pipelines: "Shaders",
};

export class Status {
  private readonly line = element("status", HTMLElement);
  private readonly banner = element("banner", HTMLElement);
  private readonly bannerTitle = element("banner-title", HTMLElement);
  private readonly bannerText = element("banner-text", HTMLElement);
  private readonly loading = element("loading", HTMLElement);
  private readonly detail = element("loading-detail", HTMLElement);
  private readonly phases = element("phases", HTMLElement);
  private lasting = false;
  private bars = new Map<Phase, HTMLProgressElement>();

  constructor() {
    element("banner-close", HTMLButtonElement).addEventListener("click", () => {
      this.banner.hidden = true;
    });
  }

  say(text: string): void {
    this.line.classList.remove("unseen");
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  /** Says what is seen elsewhere on the page, to those who hear the page. */
  announce(text: string): void {
    this.say(text);
    this.line.classList.add("unseen");
  }

  /** @param lasting whether it stays until a person closes it, whatever else succeeds */
  showError(title: string, error: unknown, lasting = false): void {
    this.lasting = lasting;
    this.bannerTitle.textContent = title;
    this.bannerText.textContent = error instanceof Error ? error.message : String(error);
    this.banner.hidden = false;
    this.banner.scrollIntoView({ block: "nearest" });
  }

  clearError(): void {
    if (!this.lasting) this.banner.hidden = true;
  }

  startLoading(name: string): void {
    this.say(`Loading ${name} …`);
    this.bars = new Map();
    const items = (Object.keys(PHASES) as Phase[]).map((phase) => {
      const item = create("li");
      const label = create("label", "", PHASES[phase]);
      const bar = create("progress");
      bar.max = 1;
      bar.value = 0;
      label.append(bar);
      item.append(label);
      this.bars.set(phase, bar);
      return item;
    });
    this.phases.replaceChildren(...items);
    this.detail.textContent = "";
    this.loading.hidden = false;
  }

  progress({ phase, done, total }: Progress): void {
    // A phase without work is done, and so are those before the one that reports.
    for (const [name, bar] of this.bars) {
      if (name === phase) {
        bar.value = total > 0 ? Math.min(1, done / total) : 1;
        break;
      }
      bar.value = 1;
    }
    const amount =
      phase === "download" ? `${megabytes(done)} of ${megabytes(total)}` : `${done} of ${total}`;
    this.detail.textContent = total > 0 ? `${PHASES[phase]}: ${amount}` : PHASES[phase];
  }

  endLoading(): void {
    this.loading.hidden = true;
  }
}
