/**
 * One run and the processes that execute it in turn: when one is killed, the next takes over. Stages run in real time,
 * since their effects may be real. While no stage is running, the engine's waits are skipped.
 */
import { type Clock, type Holder, type Store, WrongUseError } from "@holdfast/core";
import { createHoldfast, type Holdfast, MemoryArtifactStore, type Workflow } from "@holdfast/engine";
import { VirtualClock } from "../clock/virtual-clock.js";
import { gateArtifacts } from "../faults/gated-artifacts.js";
import { type StoreCall, type StoreFault, type StoreMethod, withFaults } from "../faults/store-faults.js";
import { VirtualProcess } from "../faults/virtual-process.js";
import { defaultDatasetFiles } from "../holdfast/default-dataset-files.js";
import { watchStages } from "../holdfast/watch-stages.js";
import { SeededRandom } from "../simulation/random.js";

/** A durable write, identified by its subject so that it is the same in every run. */
export interface CrashAt {
  readonly write: string;
  readonly stage: string | null;
  readonly occurrence: number;
}

export interface ProcessLineOptions {
  readonly workflow: Workflow;
  readonly input: unknown;
  readonly runId: string;
  readonly openStore: (ports: { readonly clock: Clock; readonly random: () => number }) => Promise<Store>;
  readonly crash: (CrashAt & { readonly when: "before" | "after" }) | null;
  /** Values that a person answers to the run's questions, by name. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** Writes whose number is the same in every run. Polls, heartbeats and log lines depend on time. */
const WRITES: ReadonlySet<StoreMethod> = new Set([
  "createRun",
  "startAttempt",
  "openWait",
  "finishAttempt",
  "saveCheckpoint",
  "recordArtifact",
  "reopenStage",
  "openMap",
  "commitMap",
  "placeItems",
  "finishMap",
  "report",
]);
/** A killed process has one successor. More than a few processes mean that they end by themselves. */
const PROCESSES_MAX = 5;
const QUESTIONS_MAX = 1_000;

export class ProcessLine {
  /** The durable writes of all processes so far. */
  readonly writes: CrashAt[] = [];
  readonly artifacts = new MemoryArtifactStore();
  private readonly seen = new Map<string, number>();
  private readonly dead = new Set<string>();
  private readonly random = new SeededRandom(1);
  private process: VirtualProcess | null = null;
  private processCount = 0;
  /** Number of stages whose code is running in the live process. */
  private active = { count: 0 };
  private failure: { readonly error: unknown } | null = null;
  private crash: ProcessLineOptions["crash"];
  private lastRealMs = performance.now();
  private readonly hasAnswers: boolean;
  private person: Holdfast | null = null;

  private constructor(
    private readonly options: ProcessLineOptions,
    private readonly clock: VirtualClock,
    readonly store: Store,
  ) {
    this.crash = options.crash;
    this.hasAnswers = Object.keys(options.answers).length > 0;
  }

  static async open(options: ProcessLineOptions): Promise<ProcessLine> {
    const clock = new VirtualClock();
    const store = await options.openStore({ clock, random: new SeededRandom(2).next });
    return new ProcessLine(options, clock, store);
  }

  /** Lets something happen: as much real time as stages need, or the engine's next timer. */
  async step(): Promise<void> {
    if (this.process === null || this.process.isDead) this.startProcess();
    await this.clock.settle();
    if (this.failure !== null) throw this.failure.error;
    if (this.hasAnswers) await this.answerQuestions();
    const nowMs = performance.now();
    const passedMs = Math.floor(nowMs - this.lastRealMs);
    if (this.active.count > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await this.clock.advance(Math.max(1, passedMs));
    } else {
      const dueMs = this.clock.nextDueMs;
      if (dueMs !== null) await this.clock.advance(Math.max(0, dueMs - this.clock.monotonicMs()));
    }
    this.lastRealMs = nowMs;
  }

  async close(): Promise<void> {
    this.process?.kill();
    await this.store.close();
  }

  private startProcess(): void {
    const pid = ++this.processCount;
    if (pid > PROCESSES_MAX) throw new WrongUseError({ problem: "crashTest: process after process ended by itself." });
    const name = `process-${pid}`;
    const { options, clock, dead } = this;
    const process = new VirtualProcess(clock.view());
    const active = { count: 0 };
    this.process = process;
    this.active = active;
    const workflow = watchStages(options.workflow, active);
    const identity: Holder = { name, host: "host", pid, bootId: "boot", pidNamespace: "host", processStart: name };
    const holdfast = createHoldfast({
      store: withFaults(this.store, {
        process,
        network: clock,
        choose: (call) => this.choose(call),
        onDeath: () => void dead.add(name),
      }),
      workflows: [workflow],
      dataDir: "",
      artifacts: gateArtifacts(this.artifacts, process),
      datasetFiles: defaultDatasetFiles,
      stageFiles: false,
      clock: process.clock,
      random: this.random.next,
      identity,
      isProvenDead: (holder) => dead.has(holder.name),
      // Virtual time is skipped poll by poll, so rarer polls make an hour of backoff cheap.
      pollMs: 5_000,
      scanMs: 5_000,
    });
    const live = async () => {
      const isStarted = (await this.store.getRun(options.runId)) !== null;
      if (!isStarted) await holdfast.start(workflow, options.input, { runId: options.runId });
      await holdfast.work({ concurrency: 1 });
    };
    live().catch((error) => {
      this.failure = { error };
    });
  }

  private async answerQuestions(): Promise<void> {
    const { answers, runId } = this.options;
    const open = await this.store.listOpenQuestions({ limit: QUESTIONS_MAX });
    for (const { stage } of open) {
      if (!Object.hasOwn(answers, stage)) continue;
      this.person ??= this.openPerson();
      await this.person.answer(runId, stage, answers[stage]);
    }
  }

  /** Somebody answers from another process, which is never killed. */
  private openPerson(): Holdfast {
    const { store, artifacts, random, clock } = this;
    return createHoldfast({
      ...{ store, artifacts, random: random.next, clock: clock.view(), workflows: [this.options.workflow] },
      ...{ dataDir: "", stageFiles: false, datasetFiles: defaultDatasetFiles },
      actor: { id: "crash-test", via: "library", requestId: null },
    });
  }

  private choose(call: StoreCall): StoreFault | null {
    if (!WRITES.has(call.method)) return null;
    const [, second] = call.args as readonly [unknown, { stage?: string } | string | undefined];
    const stage = typeof second === "string" ? second : (second?.stage ?? null);
    const key = `${call.method} ${stage}`;
    const occurrence = (this.seen.get(key) ?? 0) + 1;
    this.seen.set(key, occurrence);
    // A wait is looked at again from time to time; its first call opens it.
    if (call.method === "openWait" && occurrence > 1) return null;
    this.writes.push({ write: call.method, stage, occurrence });
    const { crash } = this;
    if (crash?.write !== call.method || crash.stage !== stage || crash.occurrence !== occurrence) return null;
    this.crash = null;
    return { kind: crash.when === "before" ? "dieBefore" : "dieAfter" };
  }
}
