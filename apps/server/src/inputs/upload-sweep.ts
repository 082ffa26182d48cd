/**
 * Removes unused uploads, `server.uploads.keepDays` after they were sent or last used by a start, but never while an unfinished
 * run uses them.
 */
import type { ServerContext } from "../context.js";

const DAY_MS = 86_400_000;
const PAGE = 200;
const UNFINISHED = ["queued", "running", "waiting", "paused"] as const;
/** In a message. */
const NAMED_MAX = 5;

/** Removes what is due; resolves to how many. */
export async function sweepUploads(context: ServerContext): Promise<number> {
  const { uploads, settings, nowMs } = context;
  const due = (await uploads.listAll()).filter(
    ({ usedAtMs }) => nowMs() - usedAtMs > settings.uploads.keepDays * DAY_MS,
  );
  let removed = 0;
  for (const upload of due) {
    if (context.stopping.aborted) break;
    if ((await runsThatNeed(context, upload.path)).length > 0) continue;
    await uploads.remove(upload);
    removed++;
  }
  return removed;
}

/** Runs that are not finished and have the path in their input, the first few. */
export async function runsThatNeed({ holdfast }: ServerContext, path: string): Promise<string[]> {
  const quoted = JSON.stringify(path);
  const found: string[] = [];
  for (const status of UNFINISHED) {
    for (let cursor: string | null | undefined; cursor !== null && found.length < NAMED_MAX; ) {
      const page = await holdfast.runs.list({ status, limit: PAGE, cursor });
      for (const { id, input } of page.rows) if (JSON.stringify(input ?? null).includes(quoted)) found.push(id);
      cursor = page.next;
    }
  }
  return found.slice(0, NAMED_MAX);
}
