/** Says what to do when the page cannot have a GPU. */

export interface Missing {
  readonly title: string;
  readonly advice: string;
}

/** What is missing and what to do; null when there is an adapter. */
export async function missingSupport(): Promise<Missing | null> {
  // Types say that it is always there.
  const { gpu } = navigator as { gpu?: GPU };
  if (gpu) return (await gpu.requestAdapter()) ? null : noAdapter();
  const title = "This browser has no WebGPU";
  if (!isSecureContext) {
    const advice =
      "Browsers offer WebGPU to secure pages only: open this page by https, or on localhost.";
    return { title, advice };
  }
  return {
    title,
    advice:
      "Open this page in Chrome or Edge 113, Safari 26 or Firefox 141, or later ones. " +
      "Chromium on Linux may need the option --enable-unsafe-webgpu.",
  };
}

function noAdapter(): Missing {
  return {
    title: "No GPU was found",
    advice:
      "The browser has WebGPU, but found no GPU that it may use. Turn on hardware acceleration in " +
      "its settings; Chromium on Linux may need the option --enable-unsafe-webgpu.",
  };
}
