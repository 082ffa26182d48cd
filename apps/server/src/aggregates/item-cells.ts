/**
 * The state of every item of a map, two per byte: 42,000 items take 21 kB. It is read in pages, so that it blocks nobody, and cached
 * until the map changes, so many browser pages that watch one run cost one read.
 */
import type { Holdfast } from "@holdfast/engine";

const TODO = 0;
const KEPT = 1;
const DONE = 2;
const FAILED = 3;
const IN_FLIGHT = 4;
/** Which of two states is shown where a cell stands for several items: the one that a person would want to know of. */
const RANK = [0, 1, 2, 4, 3];

/** More cells cannot be told apart on a screen. */
export const CELLS_MAX = 50_000;
/** Maps whose cells are kept: the pages that are open. */
const KEPT_MAX = 16;

export interface ItemCells {
  readonly stage: string;
  readonly total: number | null;
  readonly cells: string;
  readonly cellCount: number;
  readonly perCell: number;
  readonly counts: { readonly kept: number; readonly done: number; readonly failed: number; readonly inFlight: number };
}

type Runs = Pick<Holdfast["runs"], "itemStates">;
type MapView = Awaited<ReturnType<Holdfast["runs"]["maps"]>>[number];
type Run = Awaited<ReturnType<Holdfast["runs"]["summary"]>>;

/** Calls begin and end without a result: of a run that works, what is kept is no older than that. */
const FRESH_MS = 2_000;

/** What is read of all results of a map, kept until the map has moved. */
export class MapCache<Made> {
  private readonly made = new Map<string, { readonly version: string; readonly value: Promise<Made> }>();

  constructor(
    private readonly read: (run: Run, map: MapView) => Promise<Made>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  of(run: Run, map: MapView): Promise<Made> {
    const key = `${run.id} ${map.stage}`;
    const { ok, failed, total, startedAt, finishedAt } = map;
    const turn = run.status === "running" ? Math.floor(this.nowMs() / FRESH_MS) : "";
    const state = [run.lease?.since, run.status, run.generation];
    const version = [ok, failed, total, startedAt, finishedAt, ...state, turn].join(" ");
    const found = this.made.get(key);
    if (found?.version === version) return found.value;
    const value = this.read(run, map);
    this.made.delete(key);
    this.made.set(key, { version, value });
    value.catch(() => this.made.delete(key));
    for (const oldest of this.made.keys()) {
      if (this.made.size <= KEPT_MAX) break;
      this.made.delete(oldest);
    }
    return value;
  }
}

export class ItemCellsCache extends MapCache<ItemCells> {
  constructor(runs: Runs, nowMs?: () => number) {
    super((run, map) => readCells(runs, run, map), nowMs);
  }
}

async function readCells(runs: Runs, run: Run, map: MapView): Promise<ItemCells> {
  const before = run.status === "running" ? (run.lease?.since ?? 0) : 0;
  const states = new Growing();
  let inFlight: readonly { readonly index: number }[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.itemStates(map.runId, map.stage, { cursor });
    for (const { index, outcome, finishedAt } of page.rows) {
      states.set(index, outcome === "error" ? FAILED : finishedAt < before ? KEPT : DONE);
    }
    if (cursor === undefined) inFlight = page.inFlight;
    cursor = page.next ?? undefined;
    // Whoever else asks is answered between two pages.
    await new Promise(setImmediate);
  } while (cursor !== undefined);
  for (const { index } of inFlight) if (states.get(index) === TODO) states.set(index, IN_FLIGHT);
  return pack(map, states.take(Math.max(map.total ?? 0, states.length)));
}

function pack(map: MapView, states: Uint8Array): ItemCells {
  const counts = { kept: 0, done: 0, failed: 0, inFlight: 0 };
  for (const state of states) {
    if (state === KEPT) counts.kept++;
    else if (state === DONE) counts.done++;
    else if (state === FAILED) counts.failed++;
    else if (state === IN_FLIGHT) counts.inFlight++;
  }
  const perCell = Math.max(1, Math.ceil(states.length / CELLS_MAX));
  const cellCount = Math.ceil(states.length / perCell);
  const packed = Buffer.alloc(Math.ceil(cellCount / 2));
  for (let cell = 0; cell < cellCount; cell++) {
    const state = worst(states, cell * perCell, (cell + 1) * perCell);
    const at = cell >> 1;
    packed[at] = (packed[at] ?? 0) | (cell % 2 === 0 ? state : state << 4);
  }
  return { stage: map.stage, total: map.total, cells: packed.toString("base64"), cellCount, perCell, counts };
}

function worst(states: Uint8Array, from: number, to: number): number {
  let found = states[from] ?? TODO;
  for (let at = from + 1; at < Math.min(to, states.length); at++) {
    const state = states[at] ?? TODO;
    if ((RANK[state] ?? 0) > (RANK[found] ?? 0)) found = state;
  }
  return found;
}

/** Bytes by position, where how many there will be is not known. */
class Growing {
  private bytes = new Uint8Array(4_096);
  length = 0;

  get(at: number): number {
    return this.bytes[at] ?? TODO;
  }

  set(at: number, state: number): void {
    if (at >= this.bytes.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[at] = state;
    this.length = Math.max(this.length, at + 1);
  }

  take(length: number): Uint8Array {
    const taken = new Uint8Array(length);
    taken.set(this.bytes.subarray(0, Math.min(length, this.length)));
    return taken;
  }
}
