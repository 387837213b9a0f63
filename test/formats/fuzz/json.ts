/** Damages JSON: values replaced, moved, repeated and left out. */
import { absurdFloat, absurdInteger } from "./random.ts";
import type { Random } from "./random.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value's owner and where in it the value is. */
interface Place {
  readonly owner: Record<string, Json>;
  readonly key: string;
}

function placesIn(json: Json, places: Place[] = []): Place[] {
  if (typeof json !== "object" || json === null) return places;
  const owner = json as Record<string, Json>;
  for (const [key, value] of Object.entries(owner)) {
    places.push({ owner, key });
    placesIn(value, places);
  }
  return places;
}

function absurdValue(random: Random, places: readonly Place[]): Json {
  const { owner, key } = random.pick(places);
  return random.pick<() => Json>([
    () => absurdInteger(random),
    () => String(absurdInteger(random)),
    () => absurdFloat(random),
    () => null,
    () => "",
    () => [],
    () => ({}),
    () => "__proto__",
    () => structuredClone(owner[key]),
    () => structuredClone(owner),
  ])();
}

/** Changes a few places of a copy. */
export function damageJson(json: unknown, random: Random): unknown {
  const copy = structuredClone(json) as Json;
  for (let i = random.below(3); i >= 0; i--) {
    const places = placesIn(copy);
    if (places.length === 0) break;
    const { owner, key } = random.pick(places);
    if (random.once(4)) Reflect.deleteProperty(owner, key);
    else owner[key] = absurdValue(random, places);
  }
  return copy;
}
