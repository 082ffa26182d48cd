/**
 * The world of one seed: a clock, one store, workers that execute runs, a client that starts and steers them, and
 * checks of all of it. `make` changes something; `assertInvariants` checks the result.
 *
 * Invariants: all randomness comes from the seed and all timing from the virtual clock, so the same seed gives the same
 * history, call by call. `trace` has a hash of it.
 */
import { createHash } from "node:crypto";
import {
  type Clock,
  type Holder,
  HoldfastError,
  isFinished,
  type RetentionPolicy,
  type RunRecord,
  type Store,
} from "@holdfast/core";
import { MemoryArtifactStore } from "@holdfast/engine";
import { VirtualClock } from "../clock/virtual-clock.js";
import { Effects } from "./effects.js";
import type { Move } from "./move.js";
import { SeededRandom } from "./random.js";
import { RunWatch } from "./run-watch.js";
import { StoreLedger } from "./store-ledger.js";
import { holds, InvariantBroken } from "./violation.js";
import { SimulatedWorker } from "./worker.js";
import { MAY_FAIL, PAID_BUDGET_USD, ZOO_OUTPUTS } from "./zoo.js";

export interface WorldOptions {
  readonly seed: number;
  /** Number of workers at the start; more are started as they die. Default 3. */
  readonly workerCount?: number | undefined;
  /** Number of runs that the client starts over time. Default 8. */
  readonly runCount?: number | undefined;
  /** Opens a fresh store on the given clock and random numbers, all in this thread. */
  readonly openStore: (ports: { readonly clock: Clock; readonly random: () => number }) => Promise<Store>;
  /** Only these workflows of the zoo. Default: a few drawn by the seed. */
  readonly workflows?: readonly string[] | undefined;
}

/** Errors that a client's request may get; any other is a defect. */
const EXPECTED: ReadonlySet<string> = new Set([
  "ILLEGAL_MOVE",
  "RUN_LOCKED",
  "RUN_NOT_FOUND",
  "RUN_ID_TAKEN",
  "STORE_BUSY",
  "STORE_FULL",
  "STORE_UNREACHABLE",
]);

/** In every fifth world, supervisors remove runs that finished a minute and a half ago, as they start. */
const RETENTION: RetentionPolicy = { days: 0.001, keepLast: 1 };

export class World {
  readonly random: SeededRandom;
  readonly moves: string[] = [];
  readonly workers: SimulatedWorker[] = [];
  readonly ledger: StoreLedger;
  readonly effects: Effects;
  readonly client: SimulatedWorker;
  isOutage = false;
  /** Budget of maps of paid items, per generation. */
  budgetUsd = PAID_BUDGET_USD;
  startedCount = 0;
  private readonly watches = new Map<string, RunWatch>();
  private readonly artifacts = new MemoryArtifactStore();
  private readonly hash = createHash("sha256");
  private readonly defects: unknown[] = [];
  private callCount = 0;
  /** Number of the client's requests without an answer yet. */
  private asking = 0;
  /** An operator whose calls are counted is active: one at a time. */
  isManaging = false;
  private lastPid = 0;
  readonly runCount: number;
  private readonly workflows: readonly string[];
  private readonly retention: RetentionPolicy | undefined;
  /** In half of the worlds answers to writes take time, so that many are in progress when one fails. */
  private readonly answersWithinMs: number;

  private constructor(
    options: WorldOptions,
    readonly store: Store,
    random: SeededRandom,
    readonly clock: VirtualClock,
  ) {
    this.random = random;
    this.ledger = new StoreLedger(clock);
    this.effects = new Effects(this.ledger, () => this.budgetUsd);
    this.runCount = options.runCount ?? 8;
    this.workflows = options.workflows ?? drawWorkflows(this.random.fork());
    this.retention = this.random.chance(0.2) ? RETENTION : undefined;
    this.answersWithinMs = this.random.pick([0, 0, 400, 4_000]);
    this.client = this.makeWorker("client");
    for (let i = 0; i < (options.workerCount ?? 3); i++) this.startWorker();
  }

  static async open(options: WorldOptions): Promise<World> {
    const random = new SeededRandom(options.seed);
    const clock = new VirtualClock();
    const store = await options.openStore({ clock, random: random.fork().next });
    return new World(options, store, random, clock);
  }

  get aliveWorkers(): readonly SimulatedWorker[] {
    return this.workers.filter((worker) => !worker.isDead);
  }

  /** Returns whether this worker holds a run, as far as the ledger knows. */
  isHolding(worker: SimulatedWorker): boolean {
    return [...this.ledger.runs.values()].some(({ lease }) => lease?.holder === worker);
  }

  /** Whether maps take part. */
  get hasMaps(): boolean {
    return this.workflows.some((name) => MAP_WORKFLOWS.includes(name));
  }

  get runIds(): readonly string[] {
    return [...this.watches.keys()];
  }

  /** Makes one move, and lets everything that is ready happen. */
  async make({ words, act }: Move): Promise<void> {
    this.moves.push(words);
    this.note(`move ${words}`);
    await act();
    await this.clock.settle();
  }

  /** Checks all invariants. @throws {InvariantBroken} */
  async assertInvariants(scope: "touched" | "all" = "touched"): Promise<void> {
    const [defect] = this.defects;
    if (defect !== undefined) throw defect;
    this.effects.check();
    this.ledger.check();
    const runIds = scope === "all" ? this.runIds : [...this.ledger.touched];
    this.ledger.touched.clear();
    for (const runId of runIds)
      await this.watches.get(runId)?.check(this.ledger.of(runId), this.ledger.endings.of(runId), scope === "all");
    if (scope === "all") await this.checkCounts();
  }

  /** Statistics count every run that ended, whichever cleanups have been interrupted or completed since. */
  private async checkCounts(): Promise<void> {
    const { completed, failed, cancelled } = (await this.store.countRuns({ windowMs: Number.MAX_SAFE_INTEGER })).recent;
    const counted = completed + failed + cancelled;
    const { endedCount } = this.ledger.endings;
    holds(counted === endedCount, () => `${counted} runs are counted as ended, and ${endedCount} have ended`);
  }

  startWorker(): SimulatedWorker {
    const worker = this.makeWorker(`w${this.workers.length + 1}`);
    this.workers.push(worker);
    worker.work();
    return worker;
  }

  /** Requests a run of a workflow drawn by the seed. @returns its description. */
  startRandomRun(): string {
    const workflow = this.random.pick(this.workflows);
    const through = workflow === "sequential" && this.random.chance(0.3) ? "b" : undefined;
    return `${this.startRun(workflow, through)} of ${workflow}${through === undefined ? "" : ` through ${through}`}`;
  }

  /** Requests a run. The store shows whether it was created. */
  startRun(workflow: string, through?: string | undefined): string {
    const n = ++this.startedCount;
    const runId = `run-${n}`;
    this.watches.set(runId, new RunWatch(this.store, runId));
    const known = this.client.holdfast.workflows.find(({ name }) => name === workflow);
    if (known === undefined) throw new Error(`no workflow of the zoo is called ${workflow}`);
    this.ask(() => this.client.holdfast.start(known, { n } as never, { runId, through: through as never }));
    return runId;
  }

  /** Lets the client do something. Its errors are checked; its answer does not matter. */
  ask(operation: () => Promise<unknown>): void {
    this.asking++;
    operation()
      .catch((error) => {
        if (error instanceof HoldfastError && EXPECTED.has(error.code)) return;
        this.defects.push(error);
      })
      .finally(() => {
        this.asking--;
      });
  }

  /** Whether an operation of `ask` has not answered yet. */
  get isAsking(): boolean {
    return this.asking > 0;
  }

  /** Same as `ask`, for an operation that counts its own calls: no other of its kind is chosen meanwhile. */
  askAlone(operation: () => Promise<unknown>): void {
    this.isManaging = true;
    this.ask(() =>
      operation().finally(() => {
        this.isManaging = false;
      }),
    );
  }

  /** Ends all faults: stopped processes continue, and there is at least one worker. */
  async stopFaults(): Promise<void> {
    this.note("faults stop");
    for (const worker of [...this.workers, this.client]) {
      worker.disarm();
      worker.continue();
    }
    if (!this.aliveWorkers.some((worker) => worker.isWorking)) this.startWorker();
    // Before anything is read: a check takes several reads, and a supervisor removes runs as it starts.
    await this.clock.settle();
  }

  /** Lets time pass until every run is paused or finished. @returns those that are not. */
  async runUntilRest(options: { readonly virtualMsMax: number }): Promise<readonly string[]> {
    let restless = await this.restlessRuns();
    for (
      let passedMs = 0;
      (restless.length > 0 || this.asking > 0) && passedMs < options.virtualMsMax;
      passedMs += 5_000
    ) {
      await this.clock.advance(5_000);
      await this.assertInvariants();
      restless = await this.restlessRuns();
    }
    return restless;
  }

  /** Resumes the remaining runs without faults until all complete, then compares outputs. */
  async finishEverything(options: { readonly virtualMsMax: number }): Promise<void> {
    this.isOutage = false;
    this.budgetUsd = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const open = (await this.records()).filter(({ status }) => status !== "completed");
      if (open.length === 0) break;
      for (const run of open) this.ask(() => this.client.holdfast.resume(run.id));
      await this.clock.settle();
      const restless = await this.runUntilRest(options);
      holds(restless.length === 0, () => `resumed and never came to rest: ${restless.join(", ")}`);
    }
    for (const run of await this.records()) {
      holds(run.status === "completed", () => `${describe(run)} though everything it needs is there`);
      const output = await this.outputOf(run);
      const expected = ZOO_OUTPUTS[run.workflow]?.((run.input as { n: number }).n);
      holds(
        JSON.stringify(output) === JSON.stringify(expected),
        () => `${run.id} of ${run.workflow} gave ${JSON.stringify(output)}, not ${JSON.stringify(expected)}`,
      );
    }
  }

  /** Checks, after the faultless phase, that every paused run states its reason and every failed one was allowed to fail. */
  async assertRestIsExplained(): Promise<void> {
    for (const run of await this.records()) {
      const isExplained = run.status === "completed" || run.reason !== null || run.error !== null;
      holds(isExplained, () => `${describe(run)} without a reason`);
      if (run.status !== "failed" || MAY_FAIL.has(run.workflow)) continue;
      holds(
        run.reason === "asked by the client" || run.reason?.endsWith("; as asked") === true,
        () => `${describe(run)} for no reason of its own`,
      );
    }
  }

  /** Counts of runs, moves and calls so far, with a hash over all of it. */
  trace(): { readonly hash: string; readonly callCount: number; readonly effectCount: number } {
    const hash = this.hash.copy();
    for (const watch of this.watches.values()) for (const line of watch.history) hash.update(`${line}\n`);
    for (const line of this.effects.journal) hash.update(`${line}\n`);
    return { hash: hash.digest("hex"), callCount: this.callCount, effectCount: this.effects.journal.length };
  }

  async close(): Promise<void> {
    for (const worker of [...this.workers, this.client]) worker.kill();
    await this.store.close();
  }

  async records(): Promise<readonly RunRecord[]> {
    const runs = await Promise.all(this.runIds.map((runId) => this.store.getRun(runId)));
    return runs.filter((run) => run !== null);
  }

  /** Returns the runs that are neither finished nor paused until a person acts, in words. */
  async restlessRuns(): Promise<readonly string[]> {
    const runs = await this.records();
    return runs.filter((run) => !isFinished(run.status) && !this.isWaiting(run)).map(describe);
  }

  /** Paused until a person acts, or until the outside world is back. */
  private isWaiting({ status, wakeAt, reason }: RunRecord): boolean {
    return status === "paused" && (wakeAt === null || (this.isOutage && reason === "outage"));
  }

  private async outputOf(run: RunRecord): Promise<unknown> {
    const file = run.outputFile;
    return file === null ? run.output : JSON.parse(await this.artifacts.getOutput(run.id, file.sha256));
  }

  private makeWorker(name: string): SimulatedWorker {
    const pid = ++this.lastPid;
    // Two hosts: on the same host a death can be proven, on the other only silence shows it.
    return new SimulatedWorker(name, pid % 3 === 0 ? "host-b" : "host-a", pid, {
      clock: this.clock,
      store: this.store,
      artifacts: this.artifacts,
      ledger: this.ledger,
      effects: this.effects,
      random: this.random.fork(),
      workflows: this.workflows,
      isOutage: () => this.isOutage,
      budgetUsd: () => this.budgetUsd,
      retention: this.retention,
      answersWithinMs: this.answersWithinMs,
      isDead: (holder: Holder) => this.workers.some((worker) => worker.name === holder.name && worker.isDead),
      onCall: (line) => {
        this.callCount++;
        this.note(line);
      },
      onBroken: (error) => this.defects.push(new InvariantBroken(`the loop of ${name} ended: ${String(error)}`)),
    });
  }

  private note(line: string): void {
    this.hash.update(`${this.clock.monotonicMs()} ${line}\n`);
  }
}

function describe(run: RunRecord): string {
  return `${run.id} of ${run.workflow} is ${run.status}${run.reason === null ? "" : ` (${run.reason})`}`;
}

/**
 * A few workflows of the zoo: with fewer kinds of runs, more of a seed's calls are about each. Each map is in every
 * third world, so that some worlds have both, and every kind is combined with every other.
 */
function drawWorkflows(random: SeededRandom): readonly string[] {
  const left = Object.keys(ZOO_OUTPUTS).filter((name) => !MAP_WORKFLOWS.includes(name));
  const drawn = Array.from({ length: 4 }, () => left.splice(random.int(0, left.length - 1), 1)[0] as string);
  const maps = MAP_WORKFLOWS.filter(() => random.chance(1 / 3));
  return [...maps, ...drawn.slice(maps.length)];
}

const MAP_WORKFLOWS = ["paid", "reaching"];

/** Opens a world at its beginning. */
export function createWorld(options: WorldOptions): Promise<World> {
  return World.open(options);
}
