/** A real Darknet detector against the outputs of its ONNX form in a trusted engine. */
// @module-tag slow
import { expect, test } from "vitest";
import { parseDarknet } from "../../src/darknet.ts";
import { load } from "../../src/model.ts";
import { describeRealData } from "../formats/real-data.ts";
import { readBytes } from "../../src/formats/fetch.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { RealData } from "./data.ts";

const FILE = "models/yolo_fastest_1.1/yolo-fastest-1.1";
const REFERENCE = "models/yolo_fastest_1.1/ref/yolo-fastest-1.1_fp32.dog";

describeRealData("YOLO-Fastest 1.1", (folder) => {
  const data = new RealData(folder);

  test("computes the maps of its ONNX form, which was made with an epsilon of 1e-6", async () => {
    const cfg = await data.text(`${FILE}.cfg`);
    const weights = await readBytes(data.at(`${FILE}.weights`));
    const graph = parseDarknet(cfg, weights, { name: "yolo-fastest-1.1.cfg", epsilon: 1e-6 });
    const model = await load(graph, { device: await testDevice() });
    const outputs = await model.run(await data.npy(`${REFERENCE}.input.npy`));
    model.dispose();
    const [yolo0, yolo1] = await Promise.all(
      ["l120_c", "l129_c"].map((name) => data.npy(`${REFERENCE}.${name}.npy`)),
    );
    expectNear(outputs, { yolo0, yolo1 }, 1e-4);
  });

  test("loads by the path of its configuration", async () => {
    const model = await load(data.at(`${FILE}.cfg`), { device: await testDevice() });
    expect(model.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ["yolo0", [1, 255, 10, 10]],
      ["yolo1", [1, 255, 20, 20]],
    ]);
    model.dispose();
  });
});
