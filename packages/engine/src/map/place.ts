/**
 * A map whose source has changed: its results are looked up, by their keys, in the new one. Those whose item stands
 * elsewhere now take its position, those whose item is gone leave the map: its counters are of the items that there are.
 * Done before the new source is adopted, so that a crash in between is met by the same question again.
 */
import { SeenKeys } from "../dataset/seen-keys.js";
import type { Execution } from "../run/execution.js";
import { Interrupted, type StageSignal } from "../workflow/interrupted.js";
import type { MapSource } from "./source.js";

const PAGE_COUNT = 500;

export async function placeResults(
  execution: Execution,
  stage: string,
  source: MapSource,
  signal: StageSignal,
): Promise<void> {
  await placeAt(execution, stage, await positionsIn(source, signal), { isGoneKept: false });
}

/** `positions` has each key with its position plus one. */
export async function placeAt(
  execution: Execution,
  stage: string,
  positions: SeenKeys,
  { isGoneKept }: { readonly isGoneKept: boolean },
): Promise<void> {
  const {
    deps,
    subject: { fence, run },
  } = execution;
  for (let after: string | undefined; ; ) {
    const page = await deps.store.listItems(run.id, stage, { after, limit: PAGE_COUNT });
    const places = page
      .map(({ key, index }) => ({ key, was: index, row: positions.rowOf(key) }))
      .map(({ key, was, row }) => ({ key, was, index: row === null ? null : row - 1 }))
      .filter(({ was, index }) => was !== index && !(index === null && isGoneKept))
      .map(({ key, index }) => ({ key, index }));
    if (places.length > 0 && !execution.writer.accepts(await deps.store.placeItems(fence, stage, places))) {
      throw new Interrupted("leaseLost", 0);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_COUNT) return;
    after = last.key;
  }
}

/** Some 30 bytes an item, for as long as this takes. */
async function positionsIn(source: MapSource, signal: StageSignal): Promise<SeenKeys> {
  const seen = new SeenKeys();
  for await (const page of source.pages(0, signal, () => {})) {
    for (const { key, index } of page) seen.add(key, index + 1);
  }
  return seen;
}
