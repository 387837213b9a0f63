/** The page's side of the engine: calls a worker, so that compiling a model never stops the page. */
import type { Profile, Progress } from "../src/index.ts";
import type {
  Answer,
  Call,
  Calls,
  ModelChoice,
  ModelSummary,
  NetworkSummary,
  RunRequest,
  RunResult,
} from "./protocol.ts";

/** An error of the engine, with the name of the library's error class. */
export class EngineError extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class Engine {
  private readonly worker = new Worker(new URL("./engine-worker.ts", import.meta.url), {
    type: "module",
    name: "lightfuse",
  });
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  constructor(private readonly onProgress: (progress: Progress) => void) {
    this.worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.receive(data));
    this.worker.addEventListener("error", (event) => {
      const reason = event.message || "its script could not be loaded";
      const error = new EngineError("Error", `The page's worker stopped: ${reason}`);
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
  }

  networks(): Promise<readonly NetworkSummary[]> {
    return this.call("networks", null);
  }

  /** Loads a model and makes it the one that runs; a load that is still under way is given up. */
  load(choice: ModelChoice): Promise<ModelSummary> {
    return this.call("load", choice);
  }

  /** The image, if any, is handed over and can no longer be used here. */
  run(request: RunRequest): Promise<RunResult> {
    return this.call("run", request, request.image ? [request.image] : []);
  }

  profile(): Promise<Profile> {
    return this.call("profile", null);
  }

  private call<C extends Call>(
    call: C,
    argument: Calls[C]["argument"],
    transfer: Transferable[] = [],
  ): Promise<Calls[C]["result"]> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, call, argument }, transfer);
    });
  }

  private receive(answer: Answer): void {
    if ("progress" in answer) {
      this.onProgress(answer.progress);
      return;
    }
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ("error" in answer)
      waiting?.reject(new EngineError(answer.error.name, answer.error.message));
    else waiting?.resolve(answer.result as never);
  }
}
