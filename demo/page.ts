/** Finds and makes elements, and writes numbers for people. */

/**
 * The element of the page with this id.
 * @throws {Error} when the page has none of that class.
 */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} "${id}"`);
  return found;
}

export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** 0.344 -> "34 %" */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** "0.42", "8.3", "152" */
export function milliseconds(ms: number): string {
  if (ms >= 100) return ms.toFixed(0);
  return ms >= 1 ? ms.toFixed(1) : ms.toFixed(2);
}

/** Decimal units, as downloads are counted. */
export function megabytes(bytes: number): string {
  const mega = bytes / 1e6;
  return `${mega.toFixed(mega >= 10 ? 0 : mega >= 1 ? 1 : 2)} MB`;
}

/** 3504872 -> "3.5 M" */
export function count(value: number): string {
  const units = ["", " k", " M", " G", " T"];
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit + 1 < units.length) {
    rest /= 1000;
    unit++;
  }
  return unit === 0 ? String(value) : `${rest.toFixed(rest >= 100 ? 0 : 1)}${units[unit]}`;
}
