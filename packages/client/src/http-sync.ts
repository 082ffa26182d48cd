/** The answer of a socket to `sync`, requested over HTTP: pages of events, or the run with its newest events. */
import { eventPage, type SyncAnswer } from "@holdfast/protocol";
import { HoldfastRequestError, type Http } from "./http.js";
import type { SyncWish } from "./links.js";
import { parseRun } from "./records.js";

const SNAPSHOT_EVENT_COUNT = 50;
const PAGE_COUNT = 200;

export const pathOf = (runId: string): string => `/api/runs/${encodeURIComponent(runId)}`;

export async function readEvents(http: Http, runId: string, after: number, limit = PAGE_COUNT) {
  return eventPage.parse(await http.json("GET", `${pathOf(runId)}/events?after=${after}&limit=${limit}`));
}

export async function syncOverHttp(http: Http, { runId, after, epoch, wantsEvery }: SyncWish): Promise<SyncAnswer> {
  try {
    if (after === null) return await snapshot(http, runId);
    const page = await readEvents(http, runId, after);
    const isVoid = (epoch !== null && epoch !== page.epoch) || after > page.head;
    if (isVoid || (!wantsEvery && page.head - after > PAGE_COUNT)) return await snapshot(http, runId);
    return { kind: "replay", runId, epoch: page.epoch, head: page.head, events: page.rows };
  } catch (error) {
    if (error instanceof HoldfastRequestError && error.problem !== null)
      return { kind: "refused", problem: error.problem };
    throw error;
  }
}

async function snapshot(http: Http, runId: string): Promise<SyncAnswer> {
  const run = parseRun(await http.json("GET", pathOf(runId)));
  const { rows } = await readEvents(http, runId, Math.max(0, run.head - SNAPSHOT_EVENT_COUNT));
  // Later events may have arrived between the two requests; the snapshot is as of its head.
  const events = rows.filter(({ seq }) => seq <= run.head);
  return { kind: "snapshot", runId, epoch: run.createdAt, head: run.head, run, events };
}
