/** Takes what a person picks, drops or pastes: pictures, models, lists of labels. */

/** More pixels on a side than this are scaled down: GPUs have a limit, and no model sees them. */
const LARGEST_SIDE = 4096;

export type FileKind = "picture" | "model" | "labels" | "unknown";

export function kindOf({ name, type }: { name: string; type: string }): FileKind {
  const lower = name.toLowerCase();
  if (lower.endsWith(".onnx")) return "model";
  if (lower.endsWith(".txt") || lower.endsWith(".names")) return "labels";
  if (type.startsWith("image/") || /\.(jpe?g|png|webp|avif|gif|bmp)$/.test(lower)) return "picture";
  return "unknown";
}

/**
 * Decodes a picture and shows it in the image element.
 * @throws {Error} when the browser cannot decode it; the picture before it stays.
 */
export async function openPicture(
  shown: HTMLImageElement,
  address: string,
  name: string,
): Promise<ImageBitmap> {
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
  } catch (cause) {
    throw new Error(`${name}: this browser cannot decode it as a picture`, { cause });
  }
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = Math.min(1, LARGEST_SIDE / Math.max(width, height));
  const smaller: ImageBitmapOptions = {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: "high",
  };
  const bitmap = await createImageBitmap(image, scale < 1 ? smaller : {});
  const before = shown.src;
  shown.src = address;
  shown.alt = name;
  if (before.startsWith("blob:") && before !== address) URL.revokeObjectURL(before);
  return bitmap;
}

/** Calls back with files that are picked with an input, dropped anywhere on the page, or pasted. */
export function receiveFiles(
  inputs: readonly HTMLInputElement[],
  onFiles: (files: readonly File[]) => void,
): void {
  for (const input of inputs) {
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      // The same file picked again must count as a change.
      input.value = "";
      onFiles(files);
    });
  }
  addEventListener("paste", ({ clipboardData }) => {
    if (clipboardData?.files.length) onFiles([...clipboardData.files]);
  });
  receiveDrops(onFiles);
}

function receiveDrops(onFiles: (files: readonly File[]) => void): void {
  const { dataset } = document.body;
  const carriesFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    dataset.dragging = "";
  });
  addEventListener("dragleave", (event) => {
    // Leaving one element for another is not leaving the page.
    if (event.relatedTarget === null) delete dataset.dragging;
  });
  addEventListener("drop", (event) => {
    delete dataset.dragging;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    onFiles([...event.dataTransfer!.files]);
  });
}
