/** The camera of the device: starts it, switches between front and back, hands out its frames. */

export type Facing = "environment" | "user";

const IDEAL_WIDTH = 1280;
const IDEAL_HEIGHT = 720;

/** What the browser calls a refusal, and what it means to a person. */
const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: "Allow this page to use the camera, in the browser's site settings.",
  NotFoundError: "This device has no camera.",
  NotReadableError: "Another program is using it.",
};

export class Camera {
  private stream: MediaStream | null = null;
  private facing: Facing = "environment";
  private give: ((frame: ImageBitmap | null) => void) | null = null;
  /** Counts starts and stops, so that a camera that opens after its stop is closed again. */
  private turn = 0;

  /** @param onEnd hears that the camera went away by itself */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly onEnd: () => void,
  ) {}

  get running(): boolean {
    return this.stream !== null;
  }

  /** People expect to see themselves as in a mirror, and the world as it is. */
  get mirrored(): boolean {
    return this.stream?.getVideoTracks()[0]?.getSettings().facingMode === "user";
  }

  /**
   * Asks for the camera and shows it in the video element.
   * @returns whether it runs; a stop while the person was asked means that it does not.
   * @throws {Error} when there is no camera or the person refuses.
   */
  async start(): Promise<boolean> {
    this.stop();
    const turn = this.turn;
    const stream = await this.open();
    if (turn !== this.turn) {
      close(stream);
      return false;
    }
    this.stream = stream;
    for (const track of stream.getTracks()) {
      track.addEventListener("ended", () => this.stream === stream && this.onEnd());
    }
    this.video.srcObject = stream;
    await this.video.play();
    return this.stream === stream;
  }

  /** Starts the camera that looks the other way. */
  async turnAround(): Promise<boolean> {
    this.facing = this.facing === "user" ? "environment" : "user";
    return this.start();
  }

  /** Whether there is another camera; known only after a person allowed the first. */
  async canTurn(): Promise<boolean> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => kind === "videoinput").length > 1;
  }

  /** The next frame that the camera delivers; null when it was stopped instead. */
  async nextFrame(): Promise<ImageBitmap | null> {
    if (!this.stream) return null;
    const { video } = this;
    return new Promise((resolve, reject) => {
      this.give = resolve;
      onNextFrame(video, () => {
        if (this.give !== resolve) return;
        // A bitmap has the turned picture of a phone held upright; a VideoFrame has not.
        createImageBitmap(video).then(resolve, reject);
      });
    });
  }

  stop(): void {
    this.turn++;
    if (this.stream) close(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    this.give?.(null);
    this.give = null;
  }

  private async open(): Promise<MediaStream> {
    if (!isSecureContext)
      throw new Error("The camera needs a page opened by https or on localhost.");
    const size = { width: { ideal: IDEAL_WIDTH }, height: { ideal: IDEAL_HEIGHT } };
    try {
      return await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: this.facing }, ...size },
      });
    } catch (error) {
      const { name, message } = error as DOMException;
      throw new Error(REASONS[name] ?? message, { cause: error });
    }
  }
}

function onNextFrame(video: HTMLVideoElement, callback: () => void): void {
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(callback);
  else requestAnimationFrame(callback);
}

function close(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
