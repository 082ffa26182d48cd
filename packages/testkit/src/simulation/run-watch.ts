/**
 * Repeated checks of a run's record: its events, attempts, outcomes. Everything is read from the store, and compared
 * with earlier reads and with what callers were told.
 *
 * Checked:
 * - Events are numbered 1, 2, 3, … without a gap, the head is the number of the last one, and none ever changes.
 * - The states in the events follow the table of legal moves and end in the run's state.
 * - Attempts of a stage are numbered 1, 2, 3, …; a stage has at most one recorded outcome per generation.
 * - A recorded output never changes, and every acknowledged write is present.
 * - The recovery count equals the recoveries applied since it was reset.
 * - Nothing can be read about a removed run.
 * - A map has one result per key, its counters match its rows, and every position before its mark has a result.
 */
import {
  type AttemptRecord,
  canMove,
  canonicalJson,
  isFinished,
  type RunEvent,
  type RunRecord,
  type RunStatus,
  type Store,
} from "@holdfast/core";
import type { Acknowledged } from "./acknowledged.js";
import type { RunEnding } from "./ending-ledger.js";
import type { RunLedger } from "./store-ledger.js";
import { holds } from "./violation.js";

const PAGE_COUNT = 1_000;

export class RunWatch {
  private readonly events: string[] = [];
  private readonly eventCounts = new Map<string, number>();
  private status: RunStatus | null = null;
  private generation = 1;
  private readonly outputs = new Map<string, string>();

  constructor(
    private readonly store: Store,
    readonly runId: string,
  ) {}

  /** Checks what is new since the last check or, with `isWhole`, everything. @throws {InvariantBroken} */
  async check(ledger: RunLedger, ending: RunEnding | null, isWhole: boolean): Promise<RunRecord | null> {
    const run = await this.store.getRun(this.runId);
    if (ending?.isRemoved === true) {
      holds(run === null, () => `${this.runId} was removed and is there`);
      await this.checkNothingLeft(this.runId as RunRecord["id"]);
      return null;
    }
    if (run === null) {
      holds(this.events.length === 0, () => `${this.runId} is gone`);
      return null;
    }
    holds(
      ending === null || run.recoveries === ending.recoveries,
      () => `${run.id} counts ${run.recoveries} recoveries, and was recovered ${ending?.recoveries} times`,
    );
    if (isWhole) await this.rereadEvents();
    await this.readNewEvents(run);
    const attempts = await this.store.listAttempts(run.id);
    this.checkAttempts(attempts);
    await this.checkOutputs(run, attempts, ledger);
    if (ledger.intents.size > 0) await this.checkMaps(run, ledger);
    await this.checkAcknowledged(run, attempts, ledger);
    return run;
  }

  /** Checks that no read of a removed run finds anything, whether or not its rows were purged. */
  private async checkNothingLeft(runId: RunRecord["id"]): Promise<void> {
    const { store } = this;
    const stages = [...new Set([...this.outputs.keys()].map((key) => key.split(":")[1] as string))];
    const found = {
      events: await store.listEvents(runId, { after: 0, limit: 1 }),
      attempts: await store.listAttempts(runId),
      history: await store.loadHistory(runId),
      artifacts: await store.listArtifacts(runId),
      maps: await store.listMaps(runId),
      checkpoints: (await Promise.all(stages.map((stage) => store.getCheckpoint(runId, stage)))).filter(
        (it) => it !== null,
      ),
    };
    for (const [what, rows] of Object.entries(found)) {
      holds(rows.length === 0, () => `${runId} was removed, and there are ${what} of it`);
    }
  }

  /** All events so far, one per line, for the trace of a simulation. */
  get history(): readonly string[] {
    return this.events;
  }

  private async rereadEvents(): Promise<void> {
    const events = await this.store.listEvents(this.runId as RunRecord["id"], { after: 0, limit: PAGE_COUNT });
    this.events.forEach((was, i) => {
      const event = events[i];
      holds(
        event !== undefined && textOf(event) === was,
        () => `event ${i + 1} of ${this.runId} has changed or is gone`,
      );
    });
  }

  private async readNewEvents(run: RunRecord): Promise<void> {
    const events = await this.store.listEvents(run.id, { after: this.events.length, limit: PAGE_COUNT });
    for (const event of events) {
      holds(
        event.seq === this.events.length + 1,
        () => `${run.id}: event ${event.seq} (${event.type}) follows event ${this.events.length}`,
      );
      this.events.push(textOf(event));
      const key = keyOf(event);
      this.eventCounts.set(key, (this.eventCounts.get(key) ?? 0) + 1);
      this.follow(event);
    }
    holds(
      run.head === this.events.length,
      () => `${run.id} has ${this.events.length} events, its head says ${run.head}`,
    );
    holds(run.status === this.status, () => `${run.id} is ${run.status}, its events say ${this.status}`);
    holds(
      run.generation === this.generation,
      () => `${run.id} is in generation ${run.generation}, its events say ${this.generation}`,
    );
  }

  private follow(event: RunEvent): void {
    const next = statusAfter(event);
    if (event.type === "run.restarted") {
      holds(event.data.generation === this.generation + 1, () => `${this.runId}: a restart raised no generation`);
      this.generation = event.data.generation;
    }
    if (next === null) return;
    const was = this.status;
    // A recovery queues the run, and a person's resume after it in the same transaction finds it queued.
    const isRepeat = was === "queued" && next === "queued" && event.type === "run.resumed";
    holds(
      was === null ? event.type === "run.created" : isRepeat || canMove(was, next),
      () => `${this.runId}: event ${event.seq} (${event.type}) moves the run from ${was} to ${next}`,
    );
    this.status = next;
  }

  private checkAttempts(attempts: readonly AttemptRecord[]): void {
    const last = new Map<string, number>();
    const recorded = new Set<string>();
    for (const { stage, attempt, generation, isRecord, wait, status } of attempts) {
      if (wait !== null) this.checkWait(stage, generation, status);
      const before = last.get(stage) ?? 0;
      holds(attempt === before + 1, () => `${this.runId}: attempt ${attempt} at ${stage} follows attempt ${before}`);
      last.set(stage, attempt);
      if (!isRecord) continue;
      const key = `g${generation}:${stage}`;
      holds(!recorded.has(key), () => `${this.runId}: ${stage} has two outcomes in generation ${generation}`);
      recorded.add(key);
    }
  }

  /** A wait is open in the present generation only, and only while its run can go on. */
  private checkWait(stage: string, generation: number, status: AttemptRecord["status"]): void {
    if (status !== "waiting") return;
    holds(
      generation === this.generation && this.status !== null && !isFinished(this.status),
      () => `${this.runId}: the wait ${stage} of generation ${generation} is open, and the run is ${this.status}`,
    );
  }

  private async checkOutputs(run: RunRecord, attempts: readonly AttemptRecord[], ledger: RunLedger): Promise<void> {
    const recorded = new Set<string>();
    for (const { stage, attempt, generation, isRecord } of attempts) {
      if (!isRecord || generation !== run.generation) continue;
      recorded.add(stage);
      const record = await this.store.getStageRecord(run.id, stage);
      holds(record?.attempt === attempt, () => `${run.id}: the outcome of ${stage} is not attempt ${attempt}'s`);
      const key = `${generation}:${stage}:${attempt}`;
      const text = JSON.stringify([record.outcome, record.output]);
      const was = this.outputs.get(key) ?? text;
      holds(was === text, () => `${run.id}: the recorded output of ${stage} has changed`);
      this.outputs.set(key, text);
    }
    for (const stage of ledger.recorded) {
      holds(recorded.has(stage), () => `${run.id}: the outcome of ${stage} was recorded and is gone`);
    }
    const waits = new Set(attempts.flatMap(({ stage, wait }) => (wait === null ? [] : [stage])));
    for (const stage of recorded) {
      // The store itself records the outcome of a wait; that it came neither early nor twice is checked with its row.
      if (waits.has(stage)) continue;
      holds(ledger.recorded.has(stage), () => `${run.id}: ${stage} has an outcome that nobody recorded`);
    }
  }

  private async checkMaps(run: RunRecord, ledger: RunLedger): Promise<void> {
    for (const { stage, okCount, errorCount, lowWater } of await this.store.listMaps(run.id)) {
      const rows = await this.store.listItems(run.id, stage, { limit: PAGE_COUNT });
      const ok = rows.filter(({ outcome }) => outcome === "ok").length;
      const where = `${run.id}: map ${stage}`;
      holds(
        okCount === ok && errorCount === rows.length - ok,
        () => `${where} counts ${okCount} ok and ${errorCount} errors, and has ${ok} and ${rows.length - ok}`,
      );
      holds(new Set(rows.map(({ key }) => key)).size === rows.length, () => `${where} has two results of a key`);
      const positions = new Set(rows.map(({ index }) => index));
      for (let at = 0; at < lowWater; at++) {
        holds(positions.has(at), () => `${where} has its mark at ${lowWater} and no result at ${at}`);
      }
      for (const { key, outcome } of rows) {
        const told = ledger.results.get(`${stage}:${key}`);
        holds(
          told === outcome,
          () => `${where}: the result of ${key} is ${outcome}, and ${told ?? "none"} was recorded`,
        );
      }
    }
  }

  private async checkAcknowledged(
    run: RunRecord,
    attempts: readonly AttemptRecord[],
    ledger: RunLedger,
  ): Promise<void> {
    const told = ledger.acknowledged;
    ledger.acknowledged = [];
    for (const write of told) {
      holds(
        await this.isThere(run, attempts, ledger, write),
        () => `${run.id}: an acknowledged write is not there: ${JSON.stringify(write)}`,
      );
    }
  }

  private async isThere(
    run: RunRecord,
    attempts: readonly AttemptRecord[],
    ledger: RunLedger,
    write: Acknowledged,
  ): Promise<boolean> {
    switch (write.kind) {
      case "attempt":
        return attempts.some(({ stage, attempt }) => stage === write.stage && attempt === write.attempt);
      case "outcome":
        return attempts.some(
          ({ stage, attempt, status }) => stage === write.stage && attempt === write.attempt && status === write.status,
        );
      case "checkpoint": {
        const newest = ledger.checkpoints.get(write.stage);
        if (newest === undefined || newest.order > write.order) return true;
        const found = await this.store.getCheckpoint(run.id, write.stage);
        return (found?.json ?? null) === newest.json;
      }
      case "results":
        // The keys belong to another generation if the run was restarted meanwhile. Otherwise each is in the ledger and
        // was compared above.
        return write.keys.every((key) => run.generation > 1 || ledger.results.has(`${write.stage}:${key}`));
      case "intents": {
        if (write.generation !== run.generation) return true;
        const map = await this.store.getMap(run.id, write.stage);
        return map === null || map.generation !== write.generation || map.intentCount >= write.count;
      }
      case "event":
        return (this.eventCounts.get(keyOf(write.event)) ?? 0) > 0;
      case "move":
        return [...this.eventCounts.keys()].some((key) => key.startsWith(`["${write.type}"`));
      case "report": {
        const type = REPORT_EVENT[write.status];
        return [...this.eventCounts.keys()].some(
          (key) => key.startsWith(`["${type}"`) || key.startsWith('["run.paused"'),
        );
      }
    }
  }
}

const REPORT_EVENT = {
  completed: "run.completed",
  failed: "run.failed",
  paused: "run.paused",
  cancelled: "run.cancelled",
  queued: "run.handed_back",
  continued: "run.continued",
  waiting: "run.waiting",
} as const;

const keyOf = ({ type, data }: Pick<RunEvent, "type" | "data">) => canonicalJson([type, withoutStacks(data)]);
const textOf = ({ seq, at, type, data }: RunEvent) => canonicalJson([seq, at, type, withoutStacks(data)]);

/** Stacks name places on disk. */
function withoutStacks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutStacks);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "stack");
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutStacks(part)]));
}

/** Returns the state to which the event moves the run; null for events that move nothing. */
function statusAfter(event: RunEvent): RunStatus | null {
  switch (event.type) {
    case "run.created":
    case "run.resumed":
    case "run.restarted":
    case "run.handed_back":
      return "queued";
    case "run.recovered":
      // The event that follows tells of the other actions.
      return event.data.action === "resume" ? "queued" : null;
    case "run.woken":
      return "queued";
    case "run.waiting":
      return "waiting";
    case "run.claimed":
      return "running";
    case "run.paused":
      return "paused";
    case "run.completed":
      return "completed";
    case "run.failed":
      return "failed";
    case "run.cancelled":
      return "cancelled";
    default:
      return null;
  }
}
