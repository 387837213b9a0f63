/** What the demo page computes without a browser. */
import { describe, expect, test } from "vitest";
import { countObjects, readDetections, withoutRepeats, type Box } from "../../demo/detections.ts";
import { kindOf } from "../../demo/intake.ts";
import { COCO_80, labelOf, parseLabels } from "../../demo/labels.ts";
import { Meter } from "../../demo/meter.ts";
import { count, megabytes, milliseconds, percent } from "../../demo/page.ts";

const BOAT = 8;

describe("detections", () => {
  test("are read from rows of six, mapped to the picture, best first", () => {
    const rows = Float32Array.of(0, 0, 8, 8, 0.25, 3, 10, 20, 30, 40, 0.5, BOAT);
    const double = (box: Box): Box => box.map((side) => side * 2) as unknown as Box;
    expect(readDetections(rows, double)).toEqual([
      { box: [20, 40, 60, 80], score: 0.5, index: BOAT },
      { box: [0, 0, 16, 16], score: 0.25, index: 3 },
    ]);
  });

  test("leave out rows whose score is too low or not a number", () => {
    const rows = Float32Array.of(0, 0, 8, 8, 0.04, 3, 0, 0, 8, 8, NaN, 3);
    expect(readDetections(rows, (box) => box)).toEqual([]);
  });

  test("keep the better of two boxes of a class that nearly coincide, and boxes that do not", () => {
    const one = { box: [0, 0, 100, 100], score: 0.4, index: BOAT } as const;
    const same = { box: [0, 0, 100, 98], score: 0.5, index: BOAT } as const;
    const other = { box: [0, 0, 100, 99], score: 0.3, index: 0 } as const;
    const apart = { box: [60, 0, 160, 100], score: 0.2, index: BOAT } as const;
    expect(withoutRepeats([one, same, other, apart])).toEqual([same, other, apart]);
  });

  test("are counted by class, the most frequent first", () => {
    const labelled = ["person", "boat", "boat"].map((label) => ({
      box: [0, 0, 1, 1] as const,
      score: 1,
      index: 0,
      label,
    }));
    expect(countObjects(labelled)).toBe("2 × boat, 1 × person");
    expect(countObjects([])).toBe("nothing found");
  });
});

describe("labels", () => {
  test("of COCO are the 80 usual ones", () => {
    expect(COCO_80).toHaveLength(80);
    expect([COCO_80[0], COCO_80[BOAT], COCO_80[79]]).toEqual(["person", "boat", "toothbrush"]);
    expect(new Set(COCO_80).size).toBe(80);
  });

  test("are read one a line, whatever ends the lines", () => {
    expect(parseLabels("\uFEFFred\r\n\r\n blue \n\n", "x.txt")).toEqual(["red", "", "blue"]);
    expect(labelOf(["red", ""], 1)).toBe("class 1");
    expect(() => parseLabels("\n\n", "x.txt")).toThrow("x.txt: there is no label in this file");
  });
});

test.each([
  ["photo.JPG", "", "picture"],
  ["pasted", "image/png", "picture"],
  ["net.onnx", "application/octet-stream", "model"],
  ["coco.names", "", "labels"],
  ["labels.txt", "text/plain", "labels"],
  ["archive.zip", "application/zip", "unknown"],
])("a file %s of type %j is taken as %s", (name, type, kind) => {
  expect(kindOf({ name, type })).toBe(kind);
});

describe("the meter", () => {
  test("knows nothing before the first run, and no rate before the second", () => {
    const meter = new Meter();
    expect([meter.median, meter.perSecond]).toEqual([null, null]);
    meter.add(10, 1000);
    expect([meter.median, meter.perSecond]).toEqual([10, null]);
  });

  test("tells the median of the times and the rate of the ends, until it is reset", () => {
    const meter = new Meter();
    [10, 90, 20, 30].forEach((ms, index) => meter.add(ms, 1000 + index * 250));
    expect([meter.median, meter.perSecond]).toEqual([25, 4]);
    meter.reset();
    expect([meter.median, meter.perSecond]).toEqual([null, null]);
  });

  test("forgets what is long past", () => {
    const meter = new Meter();
    for (let run = 0; run < 200; run++) meter.add(run < 150 ? 1000 : 10, run * 100);
    expect(meter.median).toBe(10);
  });
});

test("numbers are written for people", () => {
  expect([0.034, 0.5, 1].map(percent)).toEqual(["3 %", "50 %", "100 %"]);
  expect([0.123, 8.26, 152.4].map(milliseconds)).toEqual(["0.12", "8.3", "152"]);
  expect([12_345, 4_030_000, 28_600_000].map(megabytes)).toEqual(["0.01 MB", "4.0 MB", "29 MB"]);
  expect([0, 999, 1500, 3_504_872, 300_774_272].map(count)).toEqual([
    "0",
    "999",
    "1.5 k",
    "3.5 M",
    "301 M",
  ]);
});
