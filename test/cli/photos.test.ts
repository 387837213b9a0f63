/** Photos through real models: the same classes as the trusted engine saw, with near scores. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunReport } from "../../cli/run-report.ts";
import { describeRealData } from "../formats/real-data.ts";
import { lightfuse } from "./lightfuse.ts";

/** Name of the preparation in `top3.txt`, and ours. */
const PREPROCESS: Record<string, string> = { tf: "tf", raw: "raw", bgrmean: "caffe" };

/** A file of images trusted scores: its header for one model, and the best class of a photo. */
function trusted(folder: string, model: string, photo: string) {
  const lines = readFileSync(join(folder, "top3.txt"), "utf8").split("\n");
  const start = lines.findIndex((line) => line.startsWith(model));
  const header = /norm=(\w+) crop=crop labels=(\S+)/.exec(lines[start])!;
  const row = lines.slice(start + 1).find((line) => line.trim().startsWith(photo))!;
  const [, label, score] = /^\s+\S+\s+(.+?) (\d\.\d+) \|/.exec(row)!;
  return { preprocess: PREPROCESS[header[1]], labels: header[2], label, score: Number(score) };
}

describeRealData("photos on the command line", (data) => {
  describe("lightfuse run on a photo", { timeout: 120_000, tags: ["slow"] }, () => {
    test.each([
      ["squeezenet_v1.1", "squeezenet_v1.1_fp32.onnx", "skimage_chelsea.png"],
      ["mobilenet_v1", "mobilenet_v1_0.5_160_dequant_fp32.onnx", "skimage_coffee.png"],
      ["mobilenet_v3_small", "mobilenet_v3_small_1.0_224_dequant_fp32.onnx", "coral_hot_dog.jpg"],
    ])("sees with %s what is there", async (name, model, photo) => {
      const folder = join(data, "models", name);
      const { preprocess, labels, label, score } = trusted(folder, model, photo);
      const argv = ["run", join(folder, model), "--input", join(data, "images", photo), "--json"];
      argv.push("--preprocess", preprocess, "--labels", join(data, "labels", labels));
      const { code, stdout, stderr } = await lightfuse([...argv, "--runs", "0"]);
      expect(code, stderr).toBe(0);
      const [best] = (JSON.parse(stdout) as RunReport).top;
      expect(best.label!.split(",")[0].slice(0, label.length)).toBe(label);
      expect(best.score).toBeGreaterThan(score - 0.03);
      expect(best.score).toBeLessThan(score + 0.03);
    });
  });
});
