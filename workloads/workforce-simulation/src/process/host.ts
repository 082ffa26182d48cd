// The simulations of this process: one database process for each run, opened by the first stage that needs it, kept over
// the stages that follow, and closed soon after the last one let go of it: a run that is paused or lost ends no stage
// orderly, and must not keep the file.
import { setTimeout as wait } from "node:timers/promises";
import type { CensusRow } from "../census/row.js";
import { DatabaseError, isFatal } from "../database/failure.js";
import { SimulationProcess } from "./client.js";
import { describeHolder } from "./held.js";
import type { OpenRequest } from "./protocol.js";

/** Between two stages lie milliseconds; a second of a file held too long hurts nobody. */
const LINGER_MS = 1_000;
/** Our own killed process is gone within milliseconds; this is for a machine that swaps. */
const ORPHAN_WAIT_MS = 10_000;
const LOOK_MS = 100;
/** While waiting for a foreign holder: often enough to feel prompt. */
const WAIT_LOOK_MS = 500;

export interface HostRequest {
  readonly open: Omit<OpenRequest, "people">;
  /** The people, when the file is to be set up; later the digest of those it was set up with. */
  readonly start: { readonly people: PeopleToUse } | { readonly censusDigest: string };
  /** Wait for a file that another process holds. */
  readonly isWaiting: boolean;
  readonly signal: AbortSignal;
  readonly onWaiting: (text: string) => void;
}

/** Made up by the database's process, or read from a census and sent there. */
export type PeopleToUse =
  | { readonly kind: "generated"; readonly employees: number; readonly seed: number }
  | { readonly kind: "sent"; readonly batches: AsyncIterable<readonly CensusRow[]> };

interface Held {
  readonly opening: Promise<SimulationProcess>;
  users: number;
  timer: NodeJS.Timeout | null;
}

const held = new Map<string, Held>();

/** Use the run's database process; it is opened when it is not. */
export async function withProcess<T>(
  request: HostRequest,
  use: (process: SimulationProcess) => Promise<T>,
): Promise<T> {
  const { runId } = request.open.identity;
  const entry = take(runId, request);
  const onAbort = () =>
    void entry.opening.then((process) => process.ask("interrupt", undefined)).catch(() => undefined);
  try {
    const process = await entry.opening;
    if (process.isOver) held.delete(runId);
    request.signal.addEventListener("abort", onAbort);
    request.signal.throwIfAborted();
    return await use(process);
  } catch (thrown) {
    if (isFatal(thrown)) drop(runId, entry);
    // What came of being asked to stop is that, and no failure of the database.
    if (request.signal.aborted) throw request.signal.reason;
    throw thrown;
  } finally {
    request.signal.removeEventListener("abort", onAbort);
    release(runId, entry);
  }
}

/** Close a run's database now. */
export async function closeProcess(runId: string): Promise<void> {
  const entry = held.get(runId);
  if (entry === undefined) return;
  held.delete(runId);
  if (entry.timer !== null) clearTimeout(entry.timer);
  await entry.opening.then((process) => process.stop()).catch(() => undefined);
}

/** Not to be used again: the next stage, or attempt, has a new process. It waits until this one has let go of the file. */
function drop(runId: string, entry: Held): void {
  if (held.get(runId) !== entry) return;
  held.delete(runId);
  if (entry.timer !== null) clearTimeout(entry.timer);
  void entry.opening.then((process) => process.stop()).catch(() => undefined);
}

function take(runId: string, request: HostRequest): Held {
  const found = held.get(runId);
  if (found !== undefined) {
    found.users++;
    if (found.timer !== null) clearTimeout(found.timer);
    found.timer = null;
    return found;
  }
  const entry: Held = { opening: open(request), users: 1, timer: null };
  held.set(runId, entry);
  entry.opening.catch(() => {
    if (held.get(runId) === entry) held.delete(runId);
  });
  return entry;
}

function release(runId: string, entry: Held): void {
  entry.users--;
  if (entry.users > 0 || held.get(runId) !== entry) return;
  entry.timer = setTimeout(() => void closeProcess(runId), LINGER_MS);
}

async function open(request: HostRequest): Promise<SimulationProcess> {
  const startedAt = performance.now();
  const { start } = request;
  const batches: (readonly CensusRow[])[] = [];
  if ("people" in start && start.people.kind === "sent")
    for await (const rows of start.people.batches) batches.push(rows);
  const people = "people" in start ? (start.people.kind === "sent" ? { kind: "sent" as const } : start.people) : null;
  for (;;) {
    try {
      const process = await SimulationProcess.start({ ...request.open, people }, batches, Date.now());
      if (!("censusDigest" in start)) return process;
      await process.ask("begin", start.censusDigest).catch(async (thrown: unknown) => {
        await process.stop();
        throw thrown;
      });
      return process;
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError) || thrown.failure.kind !== "held") throw thrown;
      const by = await describeHolder(thrown.failure.pid);
      // Left over from this run's killed execution: it ends as soon as it sees that nobody is there.
      const isOrphan = by.runId === request.open.identity.runId;
      if (!request.isWaiting && !(isOrphan && performance.now() - startedAt < ORPHAN_WAIT_MS)) throw thrown;
      if (!isOrphan)
        request.onWaiting(`waiting for ${request.open.file}, held by ${by.runId ?? `pid ${by.pid ?? "?"}`}`);
      await wait(isOrphan ? LOOK_MS : WAIT_LOOK_MS, undefined, { signal: request.signal });
    }
  }
}
