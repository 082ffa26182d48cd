/**
 * Runs that this process executes now.
 *
 * An execution hangs on an entry that is emptied when it ends. A map that runs enter and leave all the time is built anew again and
 * again, and what was left of it before, dead but old, would keep its executions until the next full garbage collection.
 */
import type { Execution } from "../run/execution.js";

interface Entry {
  execution: Execution | null;
}

export class Executions {
  private readonly entries = new Map<string, Entry>();

  /** Returns its end. A later execution of the same run takes the place of an earlier one that is still ending. */
  enter(execution: Execution): () => void {
    const { id } = execution.subject.run;
    const entry: Entry = { execution };
    this.entries.set(id, entry);
    return () => {
      entry.execution = null;
      if (this.entries.get(id) === entry) this.entries.delete(id);
    };
  }

  has(runId: string): boolean {
    return this.entries.has(runId);
  }

  get(runId: string): Execution | null {
    return this.entries.get(runId)?.execution ?? null;
  }

  *[Symbol.iterator](): Iterator<Execution> {
    for (const { execution } of this.entries.values()) if (execution !== null) yield execution;
  }
}
