/** The panel of numbers: live times, what loading took, what the model occupies, and which adapter runs it. */
import type { AdapterDescription } from "../src/index.ts";
import type { Meter } from "./meter.ts";
import { count, create, element, megabytes, milliseconds } from "./page.ts";
import type { ModelSummary } from "./protocol.ts";

const NOTHING_YET = "–";

export class SpeedPanel {
  private readonly ms = element("ms", HTMLElement);
  private readonly fps = element("fps", HTMLElement);
  private readonly facts = element("facts", HTMLElement);
  private readonly adapter = element("adapter", HTMLElement);
  private readonly softwareNote = element("software-note", HTMLElement);

  showModel({ statistics: known, adapter }: ModelSummary, firstRunMs: number | null): void {
    const first = firstRunMs === null ? NOTHING_YET : `${milliseconds(firstRunMs)} ms`;
    const facts: readonly (readonly [string, string])[] = [
      ["Load", `${milliseconds(known.loadMs)} ms`],
      ["Compile", `${milliseconds(known.compileMs)} ms`],
      ["First run", first],
      ["Dispatches", String(known.dispatches)],
      ["Weights", megabytes(known.weightBytes)],
      ["Arena", megabytes(known.arenaBytes)],
      ["Parameters", count(known.parameters)],
      ["MACs", count(known.macs)],
    ];
    this.facts.replaceChildren(
      ...facts.map(([name, value]) => {
        const row = create("div");
        row.append(create("dt", "", name), create("dd", "", value));
        return row;
      }),
    );
    this.showAdapter(adapter);
  }

  /** @param live whether pictures follow each other without a pause: else there is no rate */
  showTimes({ median, perSecond }: Meter, live: boolean): void {
    this.ms.textContent = median === null ? NOTHING_YET : milliseconds(median);
    this.fps.textContent = perSecond === null || !live ? NOTHING_YET : perSecond.toFixed(1);
  }

  private showAdapter(adapter: AdapterDescription): void {
    const { vendor, architecture, description, software } = adapter;
    const name = description || [vendor, architecture].filter(Boolean).join(" ") || "WebGPU";
    this.adapter.textContent = software ? `${name} · software` : name;
    this.adapter.classList.toggle("software", software);
    this.adapter.hidden = false;
    this.softwareNote.hidden = !software;
  }
}
