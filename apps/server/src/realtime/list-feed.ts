/**
 * Pushes rows of the lists once a second while anybody watches one: the runs that changed since the last push, to their owners'
 * rooms and to the room of admins. One query serves all sockets.
 */
import type { Timer } from "@holdfast/core";
import { type Holdfast, type RunSummary, systemClock } from "@holdfast/engine";
import type { ServerFrame } from "@holdfast/protocol";

const LOOK_EVERY_MS = 1_000;
/** More than a screen has; who misses one sees it when the list is asked for. */
const ROWS_MAX = 200;
/** Writes that had their time before the look and were committed after it. */
const OVERLAP_MS = 2_000;

type Rows = ServerFrame<"runs:changed">;

export class ListFeed {
  private users = 0;
  private stop: (() => void) | null = null;
  private timer: Timer | null = null;
  private sinceMs = 0;
  /** What was sent of a run last, so that the same is not sent again. */
  private readonly sent = new Map<string, string>();

  constructor(
    private readonly holdfast: Holdfast,
    private readonly nowMs: () => number,
    /** `owner` is null for runs of nobody: those who see everybody's see them alone. */
    private readonly send: (owner: string | null, frame: Rows) => void,
  ) {}

  join(): void {
    if (this.users++ > 0) return;
    this.sinceMs = this.nowMs();
    this.stop = this.holdfast.subscribe(["*"], () => this.lookSoon());
  }

  leave(): void {
    if (this.users === 0 || --this.users > 0) return;
    this.stop?.();
    this.stop = null;
    this.timer?.cancel();
    this.timer = null;
    this.sent.clear();
  }

  private lookSoon(): void {
    this.timer ??= systemClock.setTimer(LOOK_EVERY_MS, () => {
      void this.look().finally(() => {
        this.timer = null;
      });
    });
  }

  private async look(): Promise<void> {
    const asOf = this.nowMs();
    const { runs } = this.holdfast;
    const page = await runs.summaries({ updatedSince: this.sinceMs - OVERLAP_MS, limit: ROWS_MAX }).catch(() => null);
    // A store that cannot be read now is asked again at the next change.
    if (page === null || this.users === 0) return;
    this.sinceMs = asOf;
    const byOwner = new Map<string | null, Rows["rows"]>();
    const former = new Map(this.sent);
    this.sent.clear();
    for (const run of page.rows) {
      const row = rowOf(run);
      const text = JSON.stringify({ ...row, lease: run.lease?.holder, progress: { ...row.progress, etaMs: null } });
      this.sent.set(run.id, text);
      if (former.get(run.id) === text) continue;
      const rows = byOwner.get(run.owner) ?? [];
      rows.push(row);
      byOwner.set(run.owner, rows);
    }
    for (const [owner, rows] of byOwner) this.send(owner, { asOf, rows });
  }
}

/** Without what is large: a list carries no payloads. */
function rowOf(run: RunSummary): Rows["rows"][number] {
  const { input: _, ...row } = run;
  return row as unknown as Rows["rows"][number];
}
