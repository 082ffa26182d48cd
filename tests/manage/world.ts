/**
 * Several workers on one store and one virtual clock, each a process that can be killed, stopped and continued. Hours
 * pass at once. Tests assert what the store contains, read by a client that never executes runs.
 */

import type { Clock } from "@holdfast/core";
import { type CreateOptions, createHoldfast, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { SeededRandom, VirtualClock, VirtualProcess, withFaults } from "@holdfast/testkit";
import type { Actor, Holdfast, Workflow } from "holdfast";
import { onTestFinished } from "vitest";

// biome-ignore lint/suspicious/noExplicitAny: workflows of any input
type AnyWorkflow = Workflow<any, any, any>;
/** Each process has its own workflows, on its own view of the clock. */
type MakeWorkflows = (clock: Clock) => readonly AnyWorkflow[];

export type WorkerOptions = Partial<CreateOptions> & { readonly host?: string | undefined };

/** Rare looks, for tests of hours. */
export const LEISURELY: WorkerOptions = { pollMs: 30_000, scanMs: 5_000, heartbeatMs: 7_000 };

/** One process with its own engine. */
export class Worker {
  readonly process: VirtualProcess;
  readonly holdfast: Holdfast;
  private readonly drainer = new AbortController();
  ended: Promise<void> = Promise.resolve();

  constructor(
    world: World,
    readonly name: string,
    { host = "host-1", ...options }: WorkerOptions,
  ) {
    this.process = new VirtualProcess(world.clock.view());
    const store = withFaults(world.store, { process: this.process, network: world.clock, choose: () => null });
    this.holdfast = createHoldfast({
      store,
      workflows: world.makeWorkflows(this.process.clock),
      dataDir: "/nowhere",
      artifacts: world.artifacts,
      stageFiles: false,
      clock: this.process.clock,
      random: new SeededRandom(1).next,
      identity: { name, host, pid: 1, bootId: "boot", pidNamespace: host, processStart: name },
      isProvenDead: (holder, self) => holder.host === self.host && world.isDead(holder.name),
      // Every timer costs real time, and four looks a second show no more than one.
      pollMs: 1_000,
      ...options,
    });
  }

  /** Starts working; resolves when the worker is running. */
  async work(options: Parameters<Holdfast["work"]>[0] = {}): Promise<void> {
    this.ended = this.holdfast.work({ signal: this.drainer.signal, ...options });
    this.ended.catch(() => {});
  }

  drain(): void {
    this.drainer.abort();
  }

  kill(): void {
    this.process.kill();
  }
}

export class World {
  readonly artifacts = new MemoryArtifactStore();
  private readonly workers = new Map<string, Worker>();
  client: Holdfast;

  private constructor(
    readonly store: Awaited<ReturnType<typeof openSqliteStore>>,
    readonly makeWorkflows: MakeWorkflows,
    readonly clock: VirtualClock,
  ) {
    this.client = this.worker("client").holdfast;
  }

  static async open(makeWorkflows: MakeWorkflows): Promise<World> {
    const clock = new VirtualClock();
    const random = new SeededRandom(7).next;
    const store = await openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock, random });
    const world = new World(store, makeWorkflows, clock);
    onTestFinished(() => world.close());
    return world;
  }

  worker(name: string, options: WorkerOptions = {}): Worker {
    const worker = new Worker(this, name, options);
    this.workers.set(name, worker);
    return worker;
  }

  /** A worker that is working. */
  async working(name: string, options: WorkerOptions = {}, how: Parameters<Holdfast["work"]>[0] = {}): Promise<Worker> {
    const worker = this.worker(name, options);
    await worker.work(how);
    await this.clock.settle();
    return worker;
  }

  isDead(name: string): boolean {
    return this.workers.get(name)?.process.isDead ?? false;
  }

  as(id: string, via: Actor["via"] = "http"): Holdfast {
    return this.client.as({ id, via, requestId: null });
  }

  async statusOf(runId: string): Promise<string> {
    const { status, reason } = await this.client.runs.get(runId);
    return reason === null ? status : `${status}: ${reason}`;
  }

  async eventsOf(runId: string): Promise<string[]> {
    const types: string[] = [];
    for await (const event of (await this.client.handle(runId)).events()) types.push(event.type);
    return types;
  }

  /**
   * Lets time pass until the run is in this state. @throws {Error} if that takes longer than `virtualMsMax`, an hour by
   * default.
   */
  async until(runId: string, status: string, virtualMsMax = 3_600_000): Promise<void> {
    const isThere = async () => (await this.client.runs.get(runId)).status === status;
    if (await this.clock.runUntil(isThere, { virtualMsMax })) return;
    throw new Error(`${runId} is ${await this.statusOf(runId)}, never became ${status}`);
  }

  async close(): Promise<void> {
    for (const worker of this.workers.values()) {
      worker.process.continue();
      worker.kill();
    }
    await this.store.close();
  }
}
