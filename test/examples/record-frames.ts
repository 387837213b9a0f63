/** In a worker: keeps the video frames that are sent to it, and says on "frames" which are open. */
const frames: VideoFrame[] = [];

interface Call {
  readonly id: number;
  readonly call: string;
  readonly picture?: unknown;
}

self.addEventListener("message", (event: MessageEvent<Call>) => {
  const { id, call, picture } = event.data;
  if (picture instanceof VideoFrame) frames.push(picture);
  if (call !== "frames") return;
  event.stopImmediatePropagation();
  // A closed frame has no format.
  self.postMessage({ id, result: frames.map(({ format }) => format !== null) });
});

export {};
