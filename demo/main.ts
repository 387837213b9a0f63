/** The page for detection and classification: wires picture, camera, model and panels. */
import { Engine } from "./engine.ts";
import { kindOf, receiveFiles } from "./intake.ts";
import { parseLabels } from "./labels.ts";
import { Meter } from "./meter.ts";
import { ModelPanel } from "./model-panel.ts";
import { Overlay } from "./overlay.ts";
import { element } from "./page.ts";
import type { ModelChoice, ModelSummary } from "./protocol.ts";
import { ResultPanel } from "./result-panel.ts";
import { RunPanel } from "./run-panel.ts";
import { Runner, type Shown } from "./runner.ts";
import { SpeedPanel } from "./speed.ts";
import { Stage } from "./stage.ts";
import { Status } from "./status.ts";
import { missingSupport } from "./support.ts";

const status = new Status();
const meter = new Meter();
const results = new ResultPanel(new Overlay(element("overlay", HTMLCanvasElement)));
const speed = new SpeedPanel();
const runPanel = new RunPanel();
const engine = new Engine((progress) => status.progress(progress));
const stage = new Stage({
  onPicture: (picture) => {
    results.clear();
    runner.setPicture(picture);
  },
  onCamera: () => {
    results.clear();
    restartMeter();
    status.say(stage.camera.running ? "The camera is running." : "");
    runner.cameraChanged();
  },
  onLoop: (looping) => {
    restartMeter();
    runner.setLooping(looping);
  },
  onError: (title, error) => status.showError(title, error),
});
const runner = new Runner(engine, stage.camera, { onResult: showResult, onError: showRunError });
const models = new ModelPanel({
  onChoose: (choice) => void loadModel(choice),
  onPreprocess: (preprocess) => runner.setPreprocess(preprocess),
});

let model: ModelSummary | null = null;
let firstRunShown = false;

async function loadModel(choice: ModelChoice): Promise<void> {
  const name = models.chosenName;
  status.clearError();
  status.startLoading(name);
  try {
    model = await engine.load(choice);
  } catch (error) {
    // Another model was chosen meanwhile: that one tells.
    if (error instanceof Error && error.name === "AbortError") return;
    models.showFailed();
    status.endLoading();
    status.say("");
    status.showError(`${name} could not be loaded`, error);
    return;
  }
  status.endLoading();
  status.say(`${name} is loaded.`);
  firstRunShown = false;
  models.showLoaded(model, choice);
  speed.showModel(model, null);
  runPanel.show(model.explanation);
  runPanel.button.disabled = false;
  results.clear();
  results.setLabels(null);
  restartMeter();
  runner.setPreprocess(model.preprocess);
}

function showResult(shown: Shown): void {
  const { ms, firstRunMs } = shown.result;
  results.show(shown, stage.camera.mirrored);
  // Frames come too fast to be read aloud.
  if (!isLive()) status.announce(results.text);
  if (model && !firstRunShown) {
    speed.showModel(model, firstRunMs ?? ms);
    firstRunShown = true;
    return;
  }
  meter.add(ms, performance.now());
  speed.showTimes(meter, isLive());
}

function isLive(): boolean {
  return stage.camera.running || stage.looping;
}

function showRunError(error: unknown): void {
  stage.setLooping(false);
  if (stage.camera.running) stage.stopCamera();
  status.showError("The model did not run", error);
}

function restartMeter(): void {
  meter.reset();
  speed.showTimes(meter, isLive());
}

async function takeFile(file: File): Promise<void> {
  switch (kindOf(file)) {
    case "picture":
      await stage.open(URL.createObjectURL(file), file.name);
      break;
    case "model":
      models.addFile(file.name, new Uint8Array(await file.arrayBuffer()));
      break;
    case "labels":
      results.setLabels(parseLabels(await file.text(), file.name));
      break;
    case "unknown":
      throw new Error(
        `${file.name} is neither a picture, an .onnx model nor a .txt list of labels.`,
      );
  }
}

async function takeFiles(files: readonly File[]): Promise<void> {
  status.clearError();
  for (const file of files) {
    await takeFile(file).catch((error: unknown) => {
      status.showError(`${file.name} could not be opened`, error);
    });
  }
}

async function showProfile(): Promise<void> {
  runPanel.button.disabled = true;
  try {
    runPanel.showProfile(await engine.profile());
  } catch (error) {
    status.showError("The model could not be profiled", error);
  } finally {
    runPanel.button.disabled = false;
  }
}

async function start(): Promise<void> {
  receiveFiles(
    ["pick-picture", "pick-model", "pick-labels"].map((id) => element(id, HTMLInputElement)),
    (files) => void takeFiles(files),
  );
  runPanel.button.addEventListener("click", () => void showProfile());
  const photo = element("photo", HTMLImageElement);
  void stage.open(photo.src, photo.alt);
  const missing = await missingSupport();
  if (missing !== null) {
    status.showError(missing.title, missing.advice, true);
    status.say("");
    return;
  }
  models.listNetworks(await engine.networks());
  await loadModel(models.chosen);
}

void start();
