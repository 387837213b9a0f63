/** Keeps tables of choices on this machine: in IndexedDB in pages, in files in Node. */
import type { AdapterDescription } from "./gpu/device.ts";
import type { Precision } from "./shaders/elements.ts";
import { checkTuning, emptyTuning, whyUnused } from "./tuning-table.ts";
import type { KernelTuning } from "./tuning-table.ts";

/** What was kept for an adapter; null where there is nothing, or storing is forbidden. */
export async function recallTuning(
  adapter: AdapterDescription,
  precision: Precision,
): Promise<KernelTuning | null> {
  try {
    const key = keyOf(emptyTuning(adapter, precision));
    return usable(await (isPage() ? readFromDatabase(key) : readFromFile(key)), adapter, precision);
  } catch {
    return null;
  }
}

/** Adds what was measured to what is kept. Where storing is forbidden nothing happens. */
export async function keepTuning(tuning: KernelTuning, adapter: AdapterDescription): Promise<void> {
  const key = keyOf(tuning);
  const join = (kept: unknown): KernelTuning =>
    joined(usable(kept, adapter, tuning.precision), tuning);
  await (isPage() ? updateDatabase(key, join) : updateFile(key, join)).catch(() => undefined);
}

/** What was kept, if it is a table for the adapter: else it is measured anew. */
function usable(
  kept: unknown,
  adapter: AdapterDescription,
  precision: Precision,
): KernelTuning | null {
  try {
    const tuning = checkTuning(kept, "kept on this machine");
    return whyUnused(tuning, adapter, precision) === null ? tuning : null;
  } catch {
    return null;
  }
}

function joined(before: KernelTuning | null, tuning: KernelTuning): KernelTuning {
  const measured = new Set(tuning.sites.map(({ site }) => site));
  return {
    ...tuning,
    choices: { ...before?.choices, ...tuning.choices },
    sites: [...(before?.sites ?? []).filter(({ site }) => !measured.has(site)), ...tuning.sites],
  };
}

function keyOf({ version, adapter, precision }: KernelTuning): string {
  return `${version} ${precision} ${adapter}`;
}

function isPage(): boolean {
  return "indexedDB" in globalThis;
}

const STORE = "tuning";

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open("lightfuse", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

async function readFromDatabase(key: string): Promise<unknown> {
  const database = await openDatabase();
  try {
    return await settled<unknown>(database.transaction(STORE).objectStore(STORE).get(key));
  } finally {
    database.close();
  }
}

/** In one transaction, so that no other page keeps something in between. */
async function updateDatabase(key: string, join: (kept: unknown) => KernelTuning): Promise<void> {
  const database = await openDatabase();
  try {
    const transaction = database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    const reading = store.get(key);
    reading.onsuccess = () => void store.put(join(reading.result), key);
    // A full disk is told at the end, not by the request.
    await completed(transaction);
  } finally {
    database.close();
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error!);
  });
}

interface NodeFiles {
  readonly mkdir: (path: string, options: { recursive: true }) => Promise<unknown>;
  readonly readFile: (path: string, encoding: "utf8") => Promise<string>;
  readonly writeFile: (path: string, text: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
}

interface NodeProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

interface Place {
  readonly files: NodeFiles;
  readonly folder: string;
  readonly file: string;
  /** Where this process writes what becomes the file. */
  readonly part: string;
}

/** `LIGHTFUSE_CACHE`, or `.cache/lightfuse` in the user's folder. */
async function placeOf(key: string): Promise<Place> {
  // Variables, so that bundlers of pages leave Node's modules alone.
  const [fs, os, node] = ["node:fs/promises", "node:os", "node:process"];
  const files = (await import(/* @vite-ignore */ fs)) as NodeFiles;
  const { homedir } = (await import(/* @vite-ignore */ os)) as { homedir: () => string };
  const { env, pid } = (await import(/* @vite-ignore */ node)) as NodeProcess;
  const folder = env.LIGHTFUSE_CACHE ?? `${homedir()}/.cache/lightfuse`;
  const name = key.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  const file = `${folder}/tuning-${name}.json`;
  return { files, folder, file, part: `${file}.${pid}` };
}

async function readFromFile(key: string): Promise<unknown> {
  const { files, file } = await placeOf(key);
  const text = await files.readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

async function updateFile(key: string, join: (kept: unknown) => KernelTuning): Promise<void> {
  const kept = await readFromFile(key).catch(() => undefined);
  const { files, folder, file, part } = await placeOf(key);
  await files.mkdir(folder, { recursive: true });
  // A reader never sees half a table.
  await files.writeFile(part, JSON.stringify(join(kept)));
  await files.rename(part, file);
}
