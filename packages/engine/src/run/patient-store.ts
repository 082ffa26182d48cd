/**
 * A store that waits: a write that finds the store busy or full is kept and sent again until it is taken, in the order of
 * the calls. Later writes queue behind it, so that nobody overtakes a write that failed; those that were on their way
 * already may succeed before it. Reads are tried again, too, but wait for no write.
 *
 * How long is its owner's word: an execution ends it when its lease is not trusted any more (`end`). From then on every
 * write is sent once.
 *
 *   commit 1, 2, 3 sent     store: 1 busy, 2 written, 3 busy
 *   1 and 3 are kept        commit 4 is called: it queues behind them
 *   1 is sent again         written: 3 and 4 follow at once
 */
import {
  type Clock,
  type Fence,
  type RunReport,
  STORE_METHODS,
  type Store,
  StoreBusyError,
  type StoreMethodName,
  storeMethodsOf,
  type WriteOutcome,
} from "@holdfast/core";
import { isAnswerLost, isPassing } from "./store-trouble.js";
import type { StoreWaits } from "./store-waits.js";

/** Between tries: short at first, since most locks are; a second for those that last, so that the wait costs nothing. */
const PAUSE_MS = { first: 100, max: 1_000 } as const;

/** A store that answers nothing for so long is busy. */
const SILENCE_MS = 1_000;

/** Sent in the order of their calls. */
const WRITES: ReadonlySet<PropertyKey> = new Set(storeMethodsOf("fencedWrite", "executionWrite"));
/** Sent again only where it is known that nothing was written. */
const ONCE: ReadonlySet<PropertyKey> = new Set(storeMethodsOf("onceWrite"));
/** Asked again and again by their callers, asking how the store is now, or done when they return. */
const IMPATIENT: ReadonlySet<PropertyKey> = new Set<StoreMethodName>([
  ...storeMethodsOf("repeatedWrite"),
  "close",
  "probe",
  "flushNow",
  "listEventsNow",
]);

/** What an answer means when the write had been sent before and nobody knows whether it was made. */
type Reconcile = (answer: unknown) => unknown;
const asItIs: Reconcile = (answer) => answer;

interface Kept {
  readonly number: number;
  readonly send: () => Promise<unknown>;
  readonly reconcile: Reconcile;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  error: unknown;
  isUnsure: boolean;
}

export class PatientStore {
  /** The same contract, patient. */
  readonly store: Store;
  /** Writes to be sent again, and those that were called since, by their numbers. */
  private readonly kept: Kept[] = [];
  private count = 0;
  private isRetrying = false;
  private underWayCount = 0;
  /** Of those under way: since the oldest was sent, or the newest answer. */
  private underWaySinceMs = 0;
  private trouble: unknown = null;
  private troubledAtMs = Number.NEGATIVE_INFINITY;
  private isEnded = false;
  /** Ends the waits between tries; made by the first, since few executions ever wait. */
  private ending: AbortController | null = null;

  constructor(
    /** As it is: for writes that are given to `write` themselves. */
    readonly inner: Store,
    private readonly clock: Clock,
    private readonly waits: StoreWaits,
  ) {
    this.store = new PatientMethods(this) as unknown as Store;
  }

  /** What the oldest write waits for; null when none waits. */
  get waitsFor(): unknown {
    return this.kept[0]?.error ?? null;
  }

  /** Send a write, again until it is taken. `send` is called anew each time, and may send what has changed since. */
  write<T>(send: () => Promise<T>, reconcile: Reconcile = asItIs): Promise<T> {
    const number = this.count++;
    if (this.kept.length > 0) return this.keepNew({ number, send, reconcile }, this.waitsFor);
    if (this.underWayCount++ === 0) this.underWaySinceMs = this.clock.monotonicMs();
    return send().then(
      (answer) => {
        this.answered();
        return answer;
      },
      (error: unknown) => {
        this.answered();
        if (this.isEnded || !isPassing(error)) throw error;
        this.noteTrouble(error);
        return this.keepNew({ number, send, reconcile }, error);
      },
    );
  }

  private keepNew<T>(
    one: Pick<Kept, "number" | "reconcile"> & { readonly send: () => Promise<T> },
    error: unknown,
  ): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      this.keep({ ...one, resolve, reject, error, isUnsure: isAnswerLost(error) });
    }) as Promise<T>;
  }

  private answered(): void {
    this.underWayCount--;
    this.underWaySinceMs = this.clock.monotonicMs();
  }

  /**
   * Nothing is waited for any more: what waits fails with what it waited for. @returns that, or what was waited for within
   * the last `withinMs`; null where the store was no trouble.
   */
  end(withinMs = 0): unknown {
    const error = this.waitsFor ?? this.silence() ?? this.troubleWithin(withinMs);
    this.isEnded = true;
    this.ending?.abort();
    for (const one of this.kept.splice(0)) one.reject(one.error);
    this.waits.end(this);
    return error;
  }

  /** The store itself may wait for the lock still: writes under way, and none answered for a second or more. */
  private silence(): unknown {
    const waitedMs = Math.round(this.clock.monotonicMs() - this.underWaySinceMs);
    if (this.underWayCount === 0 || waitedMs < SILENCE_MS) return null;
    return new StoreBusyError({ location: this.inner.location, waitedMs });
  }

  /** Beats meet the same trouble, and may end the trust while no other write waits. */
  private troubleWithin(ms: number): unknown {
    return this.clock.monotonicMs() - this.troubledAtMs <= ms ? this.trouble : null;
  }

  private noteTrouble(error: unknown): void {
    this.trouble = error;
    this.troubledAtMs = this.clock.monotonicMs();
  }

  /** Until it is time to try again, or nothing is waited for any more. */
  private pause(ms: number): Promise<void> {
    if (this.isEnded) return Promise.resolve();
    this.ending ??= new AbortController();
    return this.clock.sleep(ms, this.ending.signal);
  }

  private keep(one: Kept): void {
    const behind = this.kept.findIndex((other) => other.number > one.number);
    this.kept.splice(behind < 0 ? this.kept.length : behind, 0, one);
    if (!this.isRetrying) void this.retry();
  }

  private async retry(): Promise<void> {
    this.isRetrying = true;
    this.waits.begin(this, this.waitsFor);
    for (let pauseMs: number = PAUSE_MS.first; !this.isEnded; pauseMs = Math.min(PAUSE_MS.max, 2 * pauseMs)) {
      await this.pause(pauseMs);
      const [first] = this.kept;
      if (first === undefined) break;
      // It stays in the list while it is on its way: what is called meanwhile queues behind it.
      if (!(await this.sendAgain(first))) continue;
      remove(this.kept, first);
      // The store takes writes again: the rest at once, and what fails once more is kept once more.
      for (const one of this.kept.splice(0)) void this.sendAgain(one).then((isDone) => isDone || this.keep(one));
      break;
    }
    this.isRetrying = false;
    this.waits.end(this);
    if (this.kept.length > 0 && !this.isEnded) void this.retry();
  }

  /** False when it has to be sent once more. */
  private async sendAgain(one: Kept): Promise<boolean> {
    try {
      const answer = await one.send();
      one.resolve(one.isUnsure ? await one.reconcile(answer) : answer);
    } catch (error) {
      if (!this.isEnded && isPassing(error)) {
        this.noteTrouble(error);
        one.error = error;
        one.isUnsure ||= isAnswerLost(error);
        return false;
      }
      one.reject(error);
    }
    return true;
  }

  async read<T>(send: () => Promise<T>, isAnswerNeeded: boolean): Promise<T> {
    const part = {};
    for (let pauseMs: number = PAUSE_MS.first; ; pauseMs = Math.min(PAUSE_MS.max, 2 * pauseMs)) {
      try {
        const answer = await send();
        this.waits.end(part);
        return answer;
      } catch (error) {
        if (this.isEnded || !isPassing(error) || (isAnswerLost(error) && !isAnswerNeeded)) {
          this.waits.end(part);
          throw error;
        }
        this.waits.begin(part, error);
      }
      await this.pause(pauseMs);
    }
  }

  /** A write sent again after its first answer was lost: refused because it had been made, it is made. */
  async settleUnsure(name: PropertyKey, args: readonly unknown[], answer: unknown): Promise<unknown> {
    const written: WriteOutcome = { kind: "written", wish: null };
    const { kind } = (answer ?? {}) as { kind?: string };
    if (kind === "duplicate" && (name === "startAttempt" || name === "finishAttempt")) return written;
    if (kind === "leaseLost" && name === "report") {
      const [{ runId }, report] = args as [Fence, RunReport];
      if ((await this.inner.getRun(runId))?.status === report.status) return written;
    }
    return answer;
  }
}

/** The contract over a patient store: one class for all, since each execution has a store of its own. */
class PatientMethods {
  constructor(readonly patient: PatientStore) {}

  get kind() {
    return this.patient.inner.kind;
  }

  get location() {
    return this.patient.inner.location;
  }

  get beatModule() {
    return this.patient.inner.beatModule;
  }

  get processModule() {
    return this.patient.inner.processModule;
  }
}

type Method = (...args: unknown[]) => Promise<unknown>;

for (const name of Object.keys(STORE_METHODS)) {
  Object.defineProperty(PatientMethods.prototype, name, { value: patientMethod(name) });
}

function patientMethod(name: string): (this: PatientMethods, ...args: unknown[]) => unknown {
  const send = (patient: PatientStore, args: unknown[]) =>
    (patient.inner as unknown as Record<string, Method>)[name]?.(...args) as Promise<unknown>;
  if (IMPATIENT.has(name)) {
    return function (...args) {
      return send(this.patient, args);
    };
  }
  if (!WRITES.has(name)) {
    const isAnswerNeeded = !ONCE.has(name);
    return function (...args) {
      return this.patient.read(() => send(this.patient, args), isAnswerNeeded);
    };
  }
  return function (...args) {
    const { patient } = this;
    return patient.write(
      () => send(patient, args),
      (answer) => patient.settleUnsure(name, args, answer),
    );
  };
}

function remove<T>(list: T[], one: T): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
}
