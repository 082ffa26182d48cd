/** Answers a client that reports its position: with the events it has missed, or with the current state. */
import type { RunEvent } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import { type EventFrame, REPLAY_COUNT_MAX, REPLAY_GAP_MAX, type SyncAnswer } from "@holdfast/protocol";
import { representRun } from "../routes/represent.js";
import { type RunFeed, toFrames } from "../streams/run-feed.js";

/** One answer; what does not fit is asked for with the next one. */
const REPLAY_BYTES_MAX = 256 * 1_024;

export interface SyncRequest {
  readonly after: number | null;
  readonly epoch: number | undefined;
  readonly wantsEvery: boolean;
  /** The run's newest event by the store: the feed may not have read it yet. */
  readonly head: number;
}

export async function answerSync(holdfast: Holdfast, feed: RunFeed, request: SyncRequest): Promise<SyncAnswer> {
  const { after, epoch, wantsEvery } = request;
  // What the client has is of a run that was deleted, or of a store that was restored from a backup.
  const known = Math.max(feed.head, request.head);
  const isVoid = after === null || (epoch !== undefined && epoch !== feed.epoch) || after > known;
  if (isVoid || (!wantsEvery && known - after > REPLAY_GAP_MAX)) return snapshotOf(holdfast, feed);
  const events = within(await feed.eventsAfter(after, request.head));
  const head = Math.max(known, feed.head, events.at(-1)?.seq ?? 0);
  return { kind: "replay", runId: feed.runId, epoch: feed.epoch, head, events };
}

async function snapshotOf(holdfast: Holdfast, feed: RunFeed): Promise<SyncAnswer> {
  const { runId, epoch } = feed;
  const view = await representRun(holdfast, runId);
  // An output may be of any size: it is asked for over HTTP.
  const run = { ...view, output: null } as unknown as Extract<SyncAnswer, { kind: "snapshot" }>["run"];
  return { kind: "snapshot", runId, epoch, head: view.head, run, events: within(await feed.eventsUpTo(view.head)) };
}

/** From the first on, as many as one frame carries: at least one, whatever its size. */
function within(events: readonly RunEvent[]): EventFrame[] {
  const taken: RunEvent[] = [];
  let bytes = 0;
  for (const event of events.slice(0, REPLAY_COUNT_MAX)) {
    bytes += JSON.stringify(event).length;
    if (bytes > REPLAY_BYTES_MAX && taken.length > 0) break;
    taken.push(event);
  }
  return toFrames(taken);
}
