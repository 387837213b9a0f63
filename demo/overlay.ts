/** Draws boxes and their labels on a canvas over the picture. */
import { colourOf, TEXT_ON_COLOUR } from "./colours.ts";
import type { Box, Labelled } from "./detections.ts";
import { percent } from "./page.ts";

/** CSS pixels. */
const FAMILY = 'system-ui, -apple-system, "Segoe UI", sans-serif';
const LARGE_TEXT = 13;
const SMALL_TEXT = 11;
/** A canvas that is narrower has small text. */
const NARROW = 560;
const LABEL_PADDING = 6;
const RADIUS = 4;

interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Scene {
  readonly detections: readonly Labelled[];
  /** Of the picture, in pixels: what the boxes are measured in. */
  readonly width: number;
  readonly height: number;
  /** The picture is shown as in a mirror, so the boxes are too; the text is not. */
  readonly mirrored: boolean;
}

export class Overlay {
  private scene: Scene = { detections: [], width: 1, height: 1, mirrored: false };
  private pointed: Labelled | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.pointed = null;
    this.draw();
  }

  clear(): void {
    this.show({ ...this.scene, detections: [] });
  }

  /** Brings one object forward, or none. */
  point(detection: Labelled | null): void {
    this.pointed = detection;
    this.draw();
  }

  private draw(): void {
    const { canvas } = this;
    const context = canvas.getContext("2d");
    if (!context) return;
    const density = window.devicePixelRatio;
    canvas.width = Math.round(canvas.clientWidth * density);
    canvas.height = Math.round(canvas.clientHeight * density);
    context.scale(density, density);
    const worstFirst = [...this.scene.detections].reverse();
    for (const detection of worstFirst) this.drawBox(context, detection);
    const placed: Rectangle[] = [];
    for (const detection of this.scene.detections) this.drawLabel(context, detection, placed);
  }

  private strengthOf(detection: Labelled): number {
    return this.pointed === null || this.pointed === detection ? 1 : 0.2;
  }

  private drawBox(context: CanvasRenderingContext2D, detection: Labelled): void {
    const { left, top, width, height } = this.place(detection.box);
    context.globalAlpha = this.strengthOf(detection);
    context.beginPath();
    context.roundRect(left, top, width, height, RADIUS);
    context.fillStyle = colourOf(detection.index, this.pointed === detection ? 0.25 : 0.08);
    context.fill();
    // A dark line under the coloured one keeps the box visible on a bright picture.
    context.lineWidth = 4;
    context.strokeStyle = "rgb(0 0 0 / 0.35)";
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = colourOf(detection.index);
    context.stroke();
  }

  private get textSize(): number {
    return this.canvas.clientWidth < NARROW ? SMALL_TEXT : LARGE_TEXT;
  }

  private get labelHeight(): number {
    return this.textSize + 8;
  }

  private drawLabel(
    context: CanvasRenderingContext2D,
    detection: Labelled,
    placed: Rectangle[],
  ): void {
    const text = `${detection.label} ${percent(detection.score)}`;
    context.font = `600 ${this.textSize}px ${FAMILY}`;
    const width = context.measureText(text).width + 2 * LABEL_PADDING;
    const spots = this.labelSpots(this.place(detection.box), width);
    const spot = leastCovered(spots, placed);
    placed.push(spot);
    context.globalAlpha = this.strengthOf(detection);
    context.fillStyle = colourOf(detection.index);
    context.beginPath();
    context.roundRect(spot.left, spot.top, spot.width, spot.height, RADIUS);
    context.fill();
    context.fillStyle = TEXT_ON_COLOUR;
    context.textBaseline = "middle";
    context.fillText(text, spot.left + LABEL_PADDING, spot.top + spot.height / 2 + 0.5);
  }

  /** Above the box, then inside, then below, on the left and on the right; best first. */
  private labelSpots(box: Rectangle, width: number): Rectangle[] {
    const { clientWidth, clientHeight } = this.canvas;
    const height = this.labelHeight;
    const bottom = box.top + box.height;
    const tops = [box.top - height, box.top, bottom, bottom - height];
    const inside = (value: number, most: number): number => Math.max(0, Math.min(value, most));
    return [box.left - 1, box.left + box.width + 1 - width].flatMap((left) =>
      tops.map((top) => ({
        left: inside(left, clientWidth - width),
        top: inside(top, clientHeight - height),
        width,
        height,
      })),
    );
  }

  private place([left, top, right, bottom]: Box): Rectangle {
    const { width, height, mirrored } = this.scene;
    const acrossScale = this.canvas.clientWidth / width;
    const downScale = this.canvas.clientHeight / height;
    return {
      left: (mirrored ? width - right : left) * acrossScale,
      top: top * downScale,
      width: (right - left) * acrossScale,
      height: (bottom - top) * downScale,
    };
  }
}

/** The first of the spots that the fewest pixels of others cover. */
function leastCovered(spots: readonly Rectangle[], placed: readonly Rectangle[]): Rectangle {
  const covered = spots.map((spot) =>
    placed.reduce((sum, other) => sum + commonArea(spot, other), 0),
  );
  return spots[covered.indexOf(Math.min(...covered))];
}

function commonArea(a: Rectangle, b: Rectangle): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(0, across) * Math.max(0, down);
}
