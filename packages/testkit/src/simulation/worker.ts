/**
 * One simulated process with its own engine over the shared store: a worker that executes runs, or a client that only
 * sends requests. Faults are armed on it ("the third call from now dies after its commit") and then used up.
 */
import type { Holder, RetentionPolicy, Store } from "@holdfast/core";
import { type ArtifactStore, createHoldfast, type Holdfast } from "@holdfast/engine";
import type { VirtualClock } from "../clock/virtual-clock.js";
import { gateArtifacts } from "../faults/gated-artifacts.js";
import { type StoreCall, type StoreFault, type StoreMethod, withFaults } from "../faults/store-faults.js";
import { VirtualProcess } from "../faults/virtual-process.js";
import type { Effects } from "./effects.js";
import type { SeededRandom } from "./random.js";
import type { Caller, StoreLedger } from "./store-ledger.js";
import { makeZoo } from "./zoo.js";

/**
 * How long after a fault a worker's silence about a run is expected: it may have dropped the run silently, and if no
 * other worker is left, nobody examines the lease it left before a client does.
 */
const DISTURBED_MS = 10 * 60_000;
/** Small, so that the zoo's large output is stored as a file. */
const INLINE_OUTPUT_BYTES_MAX = 512;

/** Writes that an execution sends without waiting for the previous one. */
const SLOW: ReadonlySet<StoreMethod> = new Set<StoreMethod>([
  "commitMap",
  "appendEvents",
  "setProgress",
  "startAttempt",
  "finishAttempt",
  "saveCheckpoint",
]);

export interface SimulatedParts {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  readonly ledger: StoreLedger;
  readonly effects: Effects;
  readonly random: SeededRandom;
  /** Names of the zoo's workflows that take part. */
  readonly workflows: readonly string[];
  readonly isOutage: () => boolean;
  readonly budgetUsd: () => number;
  /** Retention applied by its supervisor. */
  readonly retention?: RetentionPolicy | undefined;
  /** Maximum delay of answers to writes of executions, in milliseconds. */
  readonly answersWithinMs: number;
  /** Returns whether the process named by this holder is dead, as its own host would know. */
  readonly isDead: (holder: Holder) => boolean;
  readonly onCall: (line: string) => void;
  /** The worker's loop threw, which it never should. */
  readonly onBroken: (error: unknown) => void;
}

interface ArmedFault {
  inCalls: number;
  /** Only calls of this method count; null for all. */
  readonly method: StoreMethod | null;
  readonly fault: StoreFault;
}

export class SimulatedWorker implements Caller {
  readonly process: VirtualProcess;
  readonly store: Store;
  readonly holdfast: Holdfast;
  /** Set while it works; aborting it drains the worker. */
  private drainer: AbortController | null = null;
  private armed: ArmedFault[] = [];
  private disturbedUntilMs = 0;
  private continuedAtMs = -1;
  private cutOffUntilMs = 0;
  /** Half of the workers behave like those that have a process for each run. */
  readonly aloneAfter: 1 | 2;
  /** Store calls it has made, in order. */
  readonly called: StoreMethod[] = [];
  private readonly bodyHolder: Holder;
  private readonly latency: SeededRandom;

  constructor(
    readonly name: string,
    host: string,
    pid: number,
    private readonly parts: SimulatedParts,
  ) {
    const { clock, ledger, effects, random, isOutage, budgetUsd, isDead } = parts;
    this.latency = random.fork();
    this.aloneAfter = pid % 2 === 0 ? 1 : 2;
    this.process = new VirtualProcess(clock.view());
    this.bodyHolder = { name, host, pid, bootId: "boot", pidNamespace: host, processStart: String(pid) };
    this.store = withFaults(parts.store, {
      process: this.process,
      network: clock,
      choose: (call) => this.choose(call),
      onCommit: (call) => {
        const note = ledger.note(this, call);
        return (result) => {
          parts.onCall(`${this.name} ${call.method} ${subjectOf(call)}${kindOf(result)}`);
          note(result);
        };
      },
      onAnswer: (call, result) => ledger.acknowledge(call, result),
    });
    this.holdfast = createHoldfast({
      store: this.store,
      workflows: makeZoo({ actor: this, clock: this.process.clock, effects, isOutage, budgetUsd })
        .filter(({ name }) => parts.workflows.includes(name))
        .map(withoutFile),
      dataDir: "/nowhere",
      artifacts: gateArtifacts(parts.artifacts, this.process),
      stageFiles: false,
      clock: this.process.clock,
      random: random.next,
      retention: parts.retention,
      identity: this.bodyHolder,
      isProvenDead: (holder, self) => holder.host === self.host && isDead(holder),
      limits: { inlineOutputBytesMax: INLINE_OUTPUT_BYTES_MAX },
      // A tenth of the real frequency or less, so the same work covers many more histories.
      pollMs: 5_000,
      scanMs: 7_500,
    });
  }

  get isDead(): boolean {
    return this.process.isDead;
  }

  get isStopped(): boolean {
    return this.process.isStopped;
  }

  /** It cannot know what happened: it is stopped, or continued in this very instant with its timers still to fire. */
  get isUnaware(): boolean {
    return this.isStopped || this.continuedAtMs === this.parts.clock.monotonicMs();
  }

  get isWorking(): boolean {
    return this.drainer !== null && !this.drainer.signal.aborted && !this.isDead;
  }

  isDisturbed(): boolean {
    return this.isDead || this.isStopped || this.parts.clock.monotonicMs() < this.disturbedUntilMs;
  }

  work(): void {
    this.drainer = new AbortController();
    const { signal } = this.drainer;
    this.holdfast
      .work({ concurrency: 2, signal, aloneAfter: this.aloneAfter })
      .catch((error) => this.parts.onBroken(error));
  }

  drain(): void {
    this.drainer?.abort();
  }

  kill(): void {
    this.process.kill();
  }

  stop(): void {
    this.process.stop();
  }

  continue(): void {
    if (this.isStopped) this.continuedAtMs = this.parts.clock.monotonicMs();
    this.disturb();
    this.process.continue();
  }

  /** Arms this fault for the `inCalls`-th store call from now (of `method`) and the ones after it, `times` in total. */
  arm(inCalls: number, fault: StoreFault, more: { times?: number; method?: StoreMethod | null } = {}): void {
    const { times = 1, method = null } = more;
    for (let i = 0; i < times; i++) this.armed.push({ inCalls: inCalls + i, method, fault });
  }

  /** The network holds back what it sends for `ms`, including heartbeats; then all of it arrives. */
  cutOff(ms: number): void {
    this.cutOffUntilMs = this.parts.clock.monotonicMs() + ms;
    this.disturb(ms);
  }

  disarm(): void {
    this.armed = [];
    this.cutOffUntilMs = 0;
  }

  private disturb(ms = 0): void {
    this.disturbedUntilMs = Math.max(this.disturbedUntilMs, this.parts.clock.monotonicMs() + ms + DISTURBED_MS);
  }

  private choose(call: StoreCall): StoreFault | null {
    this.called.push(call.method);
    let chosen: StoreFault | null = null;
    for (const armed of this.armed) {
      if (armed.method !== null && armed.method !== call.method) continue;
      if (--armed.inCalls <= 0) chosen ??= armed.fault;
    }
    this.armed = this.armed.filter(({ inCalls }) => inCalls > 0);
    const cutOffMs = this.cutOffUntilMs - this.parts.clock.monotonicMs();
    if (chosen === null && cutOffMs > 0) return { kind: "delayRequest", ms: cutOffMs };
    const { answersWithinMs } = this.parts;
    const isSlow = answersWithinMs > 0 && SLOW.has(call.method);
    if (chosen === null) {
      return isSlow ? { kind: "delayAnswer", ms: this.latency.int(1, answersWithinMs) } : null;
    }
    const fault: StoreFault = chosen;
    this.disturb("ms" in fault ? fault.ms : 0);
    // A failure takes time too: writes sent after it may complete first.
    if (isSlow && (fault.kind === "refuse" || fault.kind === "fill" || fault.kind === "loseAnswer")) {
      return { ...fault, ms: this.latency.int(1, answersWithinMs) };
    }
    return fault;
  }
}

/** Its code is then told by the text of its functions: the file is the same in every world, and reading it takes a tenth of one. */
function withoutFile<T extends { readonly definition: object }>(workflow: T): T {
  return { ...workflow, definition: { ...workflow.definition, definedIn: null } };
}

/** Returns the run, stage and attempt that a call names. */
function subjectOf({ args }: StoreCall): string {
  const [first, second] = args as readonly { runId?: string; stage?: string; attempt?: number }[];
  const parts = [first?.runId, second?.stage, second?.attempt].filter((part) => part !== undefined);
  return parts.length === 0 ? "" : `${parts.join(" ")} `;
}

function kindOf(result: unknown): string {
  if (Array.isArray(result)) return String(result.length);
  if (typeof result !== "object" || result === null) return String(result);
  return String((result as { kind?: unknown }).kind ?? "record");
}
