/** The page on which Chromium runs blocks and networks, all on one device: `chromium.ts` calls it. */
import { openDevice } from "../../src/gpu/device.ts";
import { runFixture } from "./run-fixture.ts";
import type { Finding } from "./run-fixture.ts";

/** What the page offers to the program that drives it. */
export interface NetworksPage {
  /** Name of the adapter. @throws DeviceError when there is none */
  adapter(): Promise<string>;
  /** @throws Error when the block or network does not run */
  run(id: string): Promise<Finding>;
}

const opened = openDevice();

const offered: NetworksPage = {
  adapter: async () => {
    const { vendor, architecture, description } = (await opened).adapter;
    return [vendor, architecture, description].filter(Boolean).join(" ") || "without a name";
  },
  run: async (id) => runFixture(id, await opened),
};
Object.assign(window, { lightfuseNetworks: offered });
