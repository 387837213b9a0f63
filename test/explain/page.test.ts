/** The page of an explanation: one well-formed file that needs no other. */
import { describe, expect, test } from "vitest";
import { explainGraph, explanationPage } from "../../src/explain-graph.ts";
import { layOut } from "../../src/explain/layers.ts";
import { device, named, residual } from "./graphs.ts";

const VOID = new Set(["meta", "link", "br", "img", "input", "hr"]);

/** Names of elements that are open where others close, and of those never closed. */
function wrongTags(html: string): string[] {
  const wrong: string[] = [];
  const open: string[] = [];
  // What is in scripts and styles is not markup.
  const markup = html.replace(/(<(script|style)[^>]*>)[\s\S]*?(?=<\/\2>)/g, "$1");
  for (const [, end, name, rest] of markup.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g,
  )) {
    if (VOID.has(name) || rest.endsWith("/")) continue;
    if (!end) open.push(name);
    else if (open.at(-1) === name) open.pop();
    else wrong.push(`</${name}> in <${open.at(-1)}>`);
  }
  return [...wrong, ...open.map((name) => `<${name}> is not closed`)];
}

describe("explanationPage", () => {
  test("is well-formed, and escapes names", async () => {
    const page = await explanationPage(await explainGraph(residual, device));
    expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(wrongTags(page)).toEqual([]);
    expect(page).not.toContain("expand <b>");
    expect(page).toContain("expand &lt;b&gt;&amp;&quot;");
    expect(wrongTags("<p><b></p>")).not.toEqual([]);
  });

  test("needs no other file", async () => {
    const page = await explanationPage(await explainGraph(residual, device));
    expect(page).not.toMatch(/\b(src|srcset|data|action)="/);
    expect(page).not.toMatch(/<link|@import|url\(|https?:|fetch\(|import\(/);
    for (const [, target] of page.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/);
  });

  test("has the data of every dispatch, its WGSL once, and pictures", async () => {
    const explanation = await explainGraph(named("squeezenet1_1"), device);
    const page = await explanationPage(explanation);
    const dataOf = (id: string): unknown => {
      const found = new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, "s");
      return JSON.parse(found.exec(page)![1]);
    };
    expect(dataOf("dispatches-data")).toEqual(explanation.dispatches);
    expect(dataOf("shaders-data")).toEqual(explanation.shaders);
    expect(page.match(/data-dispatch="/g)).toHaveLength(explanation.dispatches.length);
    expect(page.match(/<svg class="graph"/g)).toHaveLength(2);
    expect(page.match(/<svg class="arena"/g)).toHaveLength(1);
    expect(page.match(/<rect class="hue/g)).toHaveLength(explanation.memory.allocations.length);
  });

  test("of ResNet-50 is smaller than 2 MB", { tags: ["slow"], timeout: 120_000 }, async () => {
    const page = await explanationPage(await explainGraph(named("resnet50"), device));
    expect(page.length).toBeGreaterThan(100_000);
    expect(page.length).toBeLessThan(2 * 2 ** 20);
  });
});

test("layOut places no two nodes on each other, and readers below what they read", async () => {
  const { before, after } = await explainGraph(named("squeezenet1_1"), device);
  for (const graph of [before, after]) {
    const { nodes, width, height } = layOut(graph);
    const places = new Set(nodes.map(({ x, y }) => `${x} ${y}`));
    expect(places.size).toBe(nodes.length);
    expect(nodes).toHaveLength(graph.inputs.length + graph.nodes.length);
    const heights = new Map<number, number>();
    graph.inputs.forEach(({ id }, i) => heights.set(id, nodes[i].y));
    graph.nodes.forEach(({ inputs, outputs }, i) => {
      const { x, y } = nodes[graph.inputs.length + i];
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThan(width);
      expect(y).toBeLessThan(height);
      for (const id of inputs) expect(heights.get(id)).toBeLessThan(y);
      for (const { id } of outputs) heights.set(id, y);
    });
  }
});
