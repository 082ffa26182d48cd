/**
 * Journal of what user code actually did, kept outside the engine and its store: the beginning and end of every stage
 * body, and of every section that needed a named resource.
 *
 * Checked when user code begins:
 * - Its worker holds the run's lease.
 * - No other worker is inside the same run or resource, unless it was told to stop or cannot hear it (killed or
 *   stopped).
 * - The stage has no recorded outcome in this generation.
 * - A run whose worker died (in some worlds twice) in a row shares its worker with no other until it has recorded an
 *   outcome.
 * - The idempotency key is that of (run, generation, stage).
 * - An item is paid for only after its intent is recorded, never again once its result is, and never beyond its map's
 *   budget.
 */
import type { RunLedger, StoreLedger } from "./store-ledger.js";
import { InvariantBroken } from "./violation.js";

/** The worker whose code runs. */
export interface Actor {
  readonly name: string;
  readonly isDead: boolean;
  /** It cannot have heard that it was told to stop. */
  readonly isUnaware: boolean;
  /** Number of deaths in a row after which it executes a run alone. */
  readonly aloneAfter: 1 | 2;
}

export interface StageBody {
  readonly actor: Actor;
  readonly runId: string;
  readonly stage: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

export class Effects {
  /** Entries in order of their beginning: "worker run stage#attempt". */
  readonly journal: string[] = [];
  /** The first broken guarantee. The next check throws it, since user code must not be able to swallow it. */
  broken: InvariantBroken | null = null;
  private readonly inside = new Set<StageBody>();
  private readonly sections = new Map<string, StageBody>();
  private readonly lastResourceToken = new Map<string, number>();

  /** Calls paid for, by run and generation. */
  private readonly paidUsd = new Map<string, number>();

  constructor(
    private readonly ledger: StoreLedger,
    private readonly budgetUsd: () => number,
  ) {}

  /** Records that a body begins. The returned function records its end. */
  begin(body: StageBody): () => void {
    // Microtasks of a killed process may still run here; in reality it no longer does anything.
    if (body.actor.isDead) return () => {};
    this.journal.push(`${body.actor.name} ${body.runId} ${body.stage}#${body.attempt}`);
    this.checkBegin(body);
    this.inside.add(body);
    return () => void this.inside.delete(body);
  }

  /** Records that a section that needs `resource` begins. */
  enter(resource: string, token: number, body: StageBody): () => void {
    if (body.actor.isDead) return () => {};
    const other = this.sections.get(resource);
    if (other !== undefined && !isHarmless(other)) {
      this.break(
        `${body.actor.name} (${body.runId}) entered ${resource} while ${other.actor.name} (${other.runId}) is inside`,
      );
    }
    if (body.signal.aborted)
      this.break(`${body.actor.name} entered ${resource} for ${body.runId} after it was told to stop`);
    const last = this.lastResourceToken.get(resource) ?? 0;
    if (token <= last) this.break(`${resource} was given out under token ${token}, after ${last}`);
    this.lastResourceToken.set(resource, token);
    this.sections.set(resource, body);
    return () => {
      if (this.sections.get(resource) === body) this.sections.delete(resource);
    };
  }

  /** Records a call that costs a dollar, whether or not its answer arrives. */
  pay(stage: string, key: string, { actor, runId, attempt }: StageBody): void {
    if (actor.isDead) return;
    this.journal.push(`${actor.name} ${runId} pays ${key}#${attempt}`);
    this.catchUp();
    const run = this.ledger.of(runId);
    const where = `${actor.name}: ${key}#${attempt} of ${runId}`;
    if (run.lease?.holder.name !== actor.name) {
      this.break(`${where} was paid for though ${run.lease?.holder.name ?? "nobody"} holds the run`);
    }
    if (!run.intents.has(`${stage}:${key}#${attempt}`))
      this.break(`${where} was paid for before its intent was recorded`);
    if (run.results.get(`${stage}:${key}`) === "ok") this.break(`${where} was paid for though its result is recorded`);
    const account = `${runId}:g${run.generation}`;
    const paidUsd = (this.paidUsd.get(account) ?? 0) + 1;
    this.paidUsd.set(account, paidUsd);
    if (paidUsd > this.budgetUsd()) this.break(`${where} was paid for beyond the budget: ${paidUsd} dollars`);
  }

  check(): void {
    if (this.broken !== null) throw this.broken;
  }

  private catchUp(): void {
    try {
      this.ledger.check();
    } catch (error) {
      if (error instanceof InvariantBroken) this.broken ??= error;
      else throw error;
    }
  }

  private checkBegin(body: StageBody): void {
    this.catchUp();
    const run: RunLedger = this.ledger.of(body.runId);
    const where = `${body.actor.name}: ${body.stage}#${body.attempt} of ${body.runId}`;
    if (run.lease?.holder.name !== body.actor.name) {
      this.break(`${where} began though ${run.lease?.holder.name ?? "nobody"} holds the run`);
    }
    if (run.recorded.has(body.stage)) this.break(`${where} began though the stage's outcome is recorded`);
    const key = `${body.runId}:g${run.generation}:${body.stage}`;
    if (body.idempotencyKey !== key) this.break(`${where} got the idempotency key ${body.idempotencyKey}, not ${key}`);
    for (const other of this.inside) {
      if (other.actor === body.actor && other.runId !== body.runId && !isHarmless(other)) {
        const suspect = [body, other].find(
          ({ runId }) => (this.ledger.endings.of(runId)?.deaths ?? 0) >= body.actor.aloneAfter,
        );
        if (suspect !== undefined)
          this.break(`${where} began beside ${other.runId}, though ${suspect.runId} is to be executed alone`);
      }
      // Parallel stages of one execution may be inside together; the same stage twice is always wrong.
      const isSibling = other.actor === body.actor && other.stage !== body.stage;
      if (other.runId !== body.runId || isSibling || isHarmless(other)) continue;
      this.break(`${where} began while ${other.actor.name} is inside ${other.stage}#${other.attempt} of the same run`);
    }
  }

  private break(problem: string): void {
    this.broken ??= new InvariantBroken(problem);
  }
}

/** True if it was told to stop, or can do nothing at all. */
function isHarmless({ actor, signal }: StageBody): boolean {
  return actor.isDead || actor.isUnaware || signal.aborted;
}
