/**
 * `logs/calls.jsonl` of a run: a line for each call to the outside that user code tells of. Appended at once, what gathers
 * meanwhile with the next append; a kill loses at most the lines of one append. For people and accounts: the record of
 * what an item cost is in the store.
 */
import type { RunId } from "@holdfast/core";
import type { ArtifactStore } from "../files/artifact-store.js";
import type { SecretMask } from "../workflow/secret-mask.js";

export class CallLog {
  private waiting: string[] = [];
  private appending: Promise<void> | null = null;

  constructor(
    private readonly runId: RunId,
    private readonly artifacts: Pick<ArtifactStore, "appendLog"> | null,
    private readonly mask: SecretMask,
    private readonly nowMs: () => number,
  ) {}

  add(call: Record<string, unknown>): void {
    if (this.artifacts === null) return;
    this.waiting.push(JSON.stringify({ at: new Date(this.nowMs()).toISOString(), ...this.mask.json(call) }));
    this.appending ??= this.append();
  }

  /** Everything added so far is in the file; null where nothing is on its way. Never rejects: a log that cannot be written must not change an outcome. */
  finish(): Promise<void> | null {
    return this.appending === null ? null : this.finishAppending();
  }

  private async finishAppending(): Promise<void> {
    while (this.appending !== null) await this.appending;
  }

  private async append(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const lines = this.waiting;
        this.waiting = [];
        await this.artifacts?.appendLog(this.runId, "calls", lines);
      }
    } catch {
      this.waiting = [];
    } finally {
      this.appending = null;
    }
  }
}
