/** The place where the picture or the camera is shown, and the buttons under it. */
import { Camera } from "./camera.ts";
import { openPicture } from "./intake.ts";
import { element } from "./page.ts";

export interface StageEvents {
  readonly onPicture: (picture: ImageBitmap) => void;
  /** The camera started or stopped. */
  readonly onCamera: () => void;
  readonly onLoop: (looping: boolean) => void;
  readonly onError: (title: string, error: unknown) => void;
}

export class Stage {
  private readonly stage = element("stage", HTMLElement);
  private readonly photo = element("photo", HTMLImageElement);
  private readonly video = element("video", HTMLVideoElement);
  private readonly cameraButton = element("camera", HTMLButtonElement);
  private readonly turnButton = element("turn", HTMLButtonElement);
  private readonly loopButton = element("loop", HTMLButtonElement);
  readonly camera = new Camera(this.video, () => this.stopCamera());

  constructor(private readonly events: StageEvents) {
    this.cameraButton.addEventListener("click", () => {
      if (this.camera.running) this.stopCamera();
      else void this.startCamera(() => this.camera.start());
    });
    this.turnButton.addEventListener("click", () => {
      void this.startCamera(() => this.camera.turnAround());
    });
    this.loopButton.addEventListener("click", () => this.setLooping(!this.looping));
    // Some cameras turn with the phone.
    this.video.addEventListener("resize", () =>
      this.setFrame(this.video.videoWidth, this.video.videoHeight),
    );
  }

  /** Shows a picture, and hands its pixels out. */
  async open(address: string, name: string): Promise<void> {
    try {
      const picture = await openPicture(this.photo, address, name);
      if (this.camera.running) this.stopCamera();
      this.setFrame(picture.width, picture.height);
      this.events.onPicture(picture);
    } catch (error) {
      this.events.onError("This picture could not be opened", error);
    }
  }

  get looping(): boolean {
    return this.loopButton.getAttribute("aria-pressed") === "true";
  }

  setLooping(looping: boolean): void {
    this.loopButton.setAttribute("aria-pressed", String(looping));
    this.events.onLoop(looping);
  }

  stopCamera(): void {
    this.camera.stop();
    this.showCamera(false);
    this.setFrame(this.photo.naturalWidth, this.photo.naturalHeight);
    this.events.onCamera();
  }

  private async startCamera(start: () => Promise<boolean>): Promise<void> {
    try {
      if (!(await start())) return;
      this.setLooping(false);
      this.setFrame(this.video.videoWidth, this.video.videoHeight);
      this.showCamera(true);
      this.turnButton.hidden = !(await this.camera.canTurn());
      this.events.onCamera();
    } catch (error) {
      this.stopCamera();
      this.events.onError("The camera did not start", error);
    }
  }

  private showCamera(running: boolean): void {
    this.photo.hidden = running;
    this.video.hidden = !running;
    this.video.classList.toggle("mirrored", this.camera.mirrored);
    this.cameraButton.setAttribute("aria-pressed", String(running));
    this.cameraButton.querySelector("span")!.textContent = running ? "Stop camera" : "Camera";
    this.loopButton.disabled = running;
    this.turnButton.hidden = true;
  }

  /** Gives the stage the aspect ratio of what it shows, so that the boxes need one scale. */
  private setFrame(width: number, height: number): void {
    if (width > 0 && height > 0) this.stage.style.setProperty("--ratio", String(width / height));
  }
}
