/** Decides what runs next: a picture, a picture over and over, or the frames of the camera. */
import type { PreprocessName } from "../src/index.ts";
import type { Camera } from "./camera.ts";
import type { Engine } from "./engine.ts";
import type { RunResult } from "./protocol.ts";

/** The first run of a picture may be the model's first, which takes longer; the second one is typical. */
const RUNS_OF_A_PICTURE = 2;

export interface Shown {
  readonly result: RunResult;
  /** Of the picture, pixels. */
  readonly width: number;
  readonly height: number;
}

export interface RunnerEvents {
  readonly onResult: (shown: Shown) => void;
  readonly onError: (error: unknown) => void;
}

export class Runner {
  /** The model's preprocessing; null while there is no model. */
  private preprocess: PreprocessName | null = null;
  private picture: ImageBitmap | null = null;
  private pictureIsNew = false;
  private runsWanted = 0;
  private looping = false;
  private pumping = false;

  constructor(
    private readonly engine: Engine,
    private readonly camera: Camera,
    private readonly events: RunnerEvents,
  ) {}

  /** Runs the picture with what is loaded, or with the next model. */
  setPicture(picture: ImageBitmap): void {
    this.picture?.close();
    this.picture = picture;
    this.pictureIsNew = true;
    this.again();
  }

  setPreprocess(preprocess: PreprocessName): void {
    this.preprocess = preprocess;
    this.again();
  }

  setLooping(looping: boolean): void {
    this.looping = looping;
    void this.pump();
  }

  /** To be called when the camera started, and when it stopped. */
  cameraChanged(): void {
    // The worker's last picture is a frame now.
    this.pictureIsNew = this.picture !== null;
    if (!this.camera.running) this.runsWanted = RUNS_OF_A_PICTURE;
    void this.pump();
  }

  private again(): void {
    this.runsWanted = RUNS_OF_A_PICTURE;
    void this.pump();
  }

  private get wanted(): boolean {
    if (this.preprocess === null) return false;
    if (this.camera.running) return true;
    return this.picture !== null && (this.looping || this.runsWanted > 0);
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.wanted) await (this.camera.running ? this.runFrame() : this.runPicture());
    } catch (error) {
      this.runsWanted = 0;
      this.looping = false;
      this.events.onError(error);
    } finally {
      this.pumping = false;
    }
  }

  private async runPicture(): Promise<void> {
    const picture = this.picture!;
    const { width, height } = picture;
    const image = this.pictureIsNew ? await createImageBitmap(picture) : undefined;
    this.pictureIsNew = false;
    this.runsWanted--;
    const result = await this.engine.run({ preprocess: this.preprocess!, ...(image && { image }) });
    // Meanwhile another picture may have taken its place.
    if (this.picture === picture && !this.camera.running) {
      this.events.onResult({ result, width, height });
    }
  }

  private async runFrame(): Promise<void> {
    const image = await this.camera.nextFrame();
    if (!image) return;
    const { width, height } = image;
    const result = await this.engine.run({ preprocess: this.preprocess!, image });
    if (this.camera.running) this.events.onResult({ result, width, height });
  }
}
