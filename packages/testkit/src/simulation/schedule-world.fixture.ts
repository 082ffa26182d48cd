/**
 * A small world of schedules for one seed: processes that die, stop and lose answers over one store, a person who pauses,
 * resumes and triggers, and the hours around a clock change of 2018. What must have ticked is computed beside the store,
 * from the calls alone and from a table of the changes.
 */
import type { Clock, Store } from "@holdfast/core";
import { createHoldfast, defineWorkflow, type Holdfast, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { z } from "zod";
import { VirtualClock } from "../clock/virtual-clock.js";
import { STORE_FAULT_KINDS, type StoreFault, type StoreMethod, withFaults } from "../faults/store-faults.js";
import { VirtualProcess } from "../faults/virtual-process.js";
import { SeededRandom } from "./random.js";
import { holds } from "./violation.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Clock changes: the zone, the instant, and the offsets before and after in minutes. */
const CHANGES = [
  ["Europe/Oslo", "2018-03-25T01:00Z", 60, 120],
  ["Europe/Oslo", "2018-10-28T01:00Z", 120, 60],
  ["America/Sao_Paulo", "2018-02-18T02:00Z", -120, -180],
  ["America/Sao_Paulo", "2018-11-04T03:00Z", -180, -120],
  ["Australia/Lord_Howe", "2018-03-31T15:00Z", 660, 630],
  ["Australia/Lord_Howe", "2018-10-06T15:30Z", 630, 660],
] as const;

/** Every ten minutes of elapsed time; the local times 0:00 and 0:30, … 4:00 and 4:30; every seven minutes, one at a time. */
const SCHEDULES = [
  { name: "elapsed", cron: "*/10 * * * *", overlap: "allow", catchUp: "all" },
  { name: "local", cron: "0,30 0-4 * * *", overlap: "allow", catchUp: "all" },
  { name: "alone", everyMs: 7 * MINUTE_MS, overlap: "skip", catchUp: "last" },
  { name: "in-line", everyMs: 11 * MINUTE_MS, overlap: "queue", catchUp: "all" },
] as const;
/** Runs of these sleep, so that ticks meet them. */
const SLOW: readonly string[] = ["alone", "in-line"];

/** Calls worth hitting on purpose. */
const TARGETS: readonly StoreMethod[] = [
  "tickSchedules",
  "tickSchedules",
  "listDueSchedules",
  "saveSchedule",
  "report",
];

/** A check reads all ticks and runs. */
const CHECK_EVERY = 8;

interface Process {
  readonly name: string;
  readonly process: VirtualProcess;
  readonly holdfast: Holdfast;
  arm(fault: StoreFault, method: StoreMethod): void;
  disarm(): void;
}

type Plant = (store: Store) => Partial<Store>;

export class ScheduleWorld {
  readonly moves: string[] = [];
  private readonly processes: Process[] = [];
  private readonly dead = new Set<string>();
  private readonly change: (typeof CHANGES)[number];
  private person!: Holdfast;
  private isHeld = false;

  private constructor(
    private readonly random: SeededRandom,
    private readonly clock: VirtualClock,
    private readonly store: Store,
    private readonly planted: Store,
  ) {
    this.change = random.pick(CHANGES);
  }

  static async open(seed: number, plant: Plant = () => ({})): Promise<ScheduleWorld> {
    const random = new SeededRandom(seed);
    const clock = new VirtualClock();
    const ports: { readonly clock: Clock; readonly random: () => number } = { clock, random: random.fork().next };
    const world = new ScheduleWorld(random, clock, null as never, null as never);
    // Some hours before the change, at a crooked minute.
    clock.jumpWall(
      Date.parse(world.change[1]) - random.int(60, 300) * MINUTE_MS - random.int(0, 59_999) - clock.nowMs(),
    );
    const store = await openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", ...ports });
    const own = plant(store);
    const planted = new Proxy(store, {
      get: (target, property) => {
        const value = Reflect.get(own, property) ?? Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const opened = Object.assign(Object.create(ScheduleWorld.prototype), world, { store, planted }) as ScheduleWorld;
    opened.start();
    opened.start();
    opened.person = opened.open("person", store);
    await clock.settle();
    return opened;
  }

  /** Faults and acts of a person, some hours of them; then none, and everything that came is looked at. */
  async live(movesMax: number): Promise<void> {
    for (let move = 0; move < movesMax; move++) {
      await this.move();
      await this.clock.settle();
      if (move % CHECK_EVERY === 0) await this.check();
    }
    for (const { process, disarm } of this.processes) {
      disarm();
      process.continue();
    }
    if (this.alive.length === 0) this.start();
    if (this.isHeld) await this.person.schedules.resume("alone");
    await this.clock.advance(90 * MINUTE_MS);
    await this.check();
    await this.checkNothingLost();
  }

  async close(): Promise<void> {
    for (const { process } of this.processes) process.kill();
    await this.store.close();
  }

  private get alive(): readonly Process[] {
    return this.processes.filter(({ process }) => !process.isDead);
  }

  private async move(): Promise<void> {
    const { random } = this;
    const note = (words: string) => this.moves.push(words);
    const running = this.alive.filter(({ process }) => !process.isStopped);
    const stopped = this.alive.filter(({ process }) => process.isStopped);
    await random.weighted<() => Promise<void> | void>([
      [20, () => this.pass(random.int(1, 20) * MINUTE_MS)],
      [8, () => this.pass(random.int(100, 30_000))],
      // Past what is caught up on by the last tick alone.
      [1, () => this.pass(HOUR_MS)],
      running.length > 0 ? [12, () => this.arm(random.pick(running))] : [0, () => {}],
      running.length > 0
        ? [
            6,
            () => {
              const { name, process } = random.pick(running);
              note(`kill ${name}`);
              process.kill();
              this.dead.add(name);
            },
          ]
        : [0, () => {}],
      running.length > 0
        ? [
            3,
            () => {
              const { name, process } = random.pick(running);
              note(`stop ${name}`);
              process.stop();
            },
          ]
        : [0, () => {}],
      stopped.length > 0
        ? [
            5,
            () => {
              const { name, process } = random.pick(stopped);
              note(`continue ${name}`);
              process.continue();
            },
          ]
        : [0, () => {}],
      this.alive.length < 4 ? [8, () => note(`start ${this.start()}`)] : [0, () => {}],
      [3, () => this.hold()],
      [2, () => this.trigger()],
    ])();
  }

  private async pass(ms: number): Promise<void> {
    this.moves.push(`${ms} ms pass`);
    await this.clock.advance(ms);
  }

  private arm({ name, arm }: Process): void {
    const kind = this.random.pick(STORE_FAULT_KINDS);
    const isLate = kind === "delayRequest" || kind === "delayAnswer" || kind === "dieSending";
    const method = this.random.pick(TARGETS);
    this.moves.push(`${name}: ${kind} at its next ${method}`);
    arm((isLate ? { kind, ms: this.random.pick([300, 40_000]) } : { kind }) as StoreFault, method);
  }

  private async hold(): Promise<void> {
    this.moves.push(this.isHeld ? "a person resumes alone" : "a person pauses alone");
    if (this.isHeld) await this.person.schedules.resume("alone");
    else await this.person.schedules.pause("alone");
    this.isHeld = !this.isHeld;
  }

  private async trigger(): Promise<void> {
    this.moves.push("a person triggers in-line");
    await this.person.schedules.trigger("in-line");
  }

  private start(): string {
    const name = `w${this.processes.length + 1}`;
    const process = new VirtualProcess(this.clock.view());
    let armed: { fault: StoreFault; method: StoreMethod } | null = null;
    const store = withFaults(this.planted, {
      process,
      network: this.clock,
      choose: ({ method }) => {
        if (armed?.method !== method) return null;
        const { fault } = armed;
        armed = null;
        if (fault.kind.startsWith("die")) this.dead.add(name);
        return fault;
      },
    });
    const holdfast = this.open(name, store, process);
    this.processes.push({
      ...{ name, process, holdfast },
      arm: (fault, method) => {
        armed = { fault, method };
      },
      disarm: () => {
        armed = null;
      },
    });
    holdfast.work({ concurrency: 8 }).catch((error) => {
      if (!process.isDead) throw error;
    });
    return name;
  }

  private open(name: string, store: Store, process?: VirtualProcess): Holdfast {
    const [timezone] = this.change;
    const beat = defineWorkflow({
      name: "beat",
      input: z.object({ schedule: z.string() }),
      schedules: SCHEDULES.map(({ name, ...how }) => ({
        ...{ ...how, name, input: { schedule: name } },
        ...("cron" in how ? { timezone } : {}),
      })),
      run: async ({ input, sleep }) => {
        if (SLOW.includes(input.schedule)) await sleep("work", 12 * MINUTE_MS);
        return null;
      },
    });
    const workflow = { ...beat, definition: { ...beat.definition, definedIn: null } };
    return createHoldfast({
      ...{ store, workflows: [workflow], dataDir: "/nowhere", artifacts: new MemoryArtifactStore(), stageFiles: false },
      clock: process?.clock ?? this.clock,
      random: this.random.fork().next,
      identity: { name, host: "host", pid: 1, bootId: "boot", pidNamespace: "host", processStart: name },
      isProvenDead: (holder) => this.dead.has(holder.name),
      // Far apart, so that hours cost little: a tick is looked for at its instant.
      ...{ pollMs: 60_000, scanMs: 20_000, heartbeatMs: 12_000 },
    });
  }

  /** @throws {InvariantBroken} */
  private async check(): Promise<void> {
    for (const { name, overlap } of SCHEDULES) {
      const found = await this.store.getSchedule(name);
      if (found === null) continue;
      if (overlap !== "allow") {
        holds(found.activeCount <= 1, () => `${found.activeCount} runs of ${name} are active at once`);
      }
      for (const { at, kind, outcome, runId } of await this.store.listTicks(name, 200)) {
        if (kind === "tick") holds(this.isTick(name, at, found.anchorAt), () => `${name} has no tick at ${iso(at)}`);
        const isOwn = outcome !== "started" || (runId !== null && (await this.store.getRun(runId)) !== null);
        holds(isOwn, () => `the tick of ${name} at ${iso(at)} has no run ${runId}`);
      }
    }
    const { rows } = await this.store.listRuns({ limit: 500 });
    const seen = new Set<string>();
    for (const { id } of rows) {
      const [created] = await this.store.listEvents(id, { after: 0, limit: 1 });
      const of = created?.type === "run.created" ? created.data.schedule : undefined;
      if (of?.kind !== "tick") continue;
      const key = `${of.name} ${of.at}`;
      holds(!seen.has(key), () => `${key} has two runs`);
      seen.add(key);
    }
  }

  /** Once faults have stopped: each instant since a schedule was declared is a run, or said to be none. */
  private async checkNothingLost(): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const { name, catchUp } of SCHEDULES) {
      const found = await this.store.getSchedule(name);
      holds(found !== null, () => `${name} was never declared`);
      if (found === null) continue;
      const ticks = (await this.store.listTicks(name, 1_000)).filter(({ kind }) => kind === "tick");
      const handled = ticks.reduce((sum, { count }) => sum + count, 0);
      const expected = this.instantsOf(name, found.anchorAt, found.createdAt, nowMs - MINUTE_MS);
      const late = this.instantsOf(name, found.anchorAt, nowMs - MINUTE_MS, nowMs).length;
      const isWhole = handled >= expected.length && handled <= expected.length + late;
      holds(isWhole, () => `${name} handled ${handled} of ${expected.length} ticks (and ${late} of this minute)`);
      if (catchUp === "all") {
        const own = new Set(
          ticks.filter(({ outcome }) => outcome === "started" || outcome === "pending").map(({ at }) => at),
        );
        for (const at of expected) holds(own.has(at), () => `${name} started no run for ${iso(at)}`);
      }
    }
  }

  private instantsOf(name: string, anchorAt: number, afterMs: number, untilMs: number): readonly number[] {
    const found: number[] = [];
    const stepMs = name === "elapsed" || name === "local" ? MINUTE_MS : 1_000;
    for (let at = Math.ceil((afterMs + 1) / stepMs) * stepMs; at <= untilMs; at += stepMs) {
      if (this.isTick(name, at, anchorAt)) found.push(at);
    }
    return found;
  }

  /** By the table of changes, minute by minute; nothing of the code that is tested. */
  private isTick(name: string, at: number, anchorAt: number): boolean {
    if (name === "alone") return (at - anchorAt) % (7 * MINUTE_MS) === 0;
    if (name === "in-line") return (at - anchorAt) % (11 * MINUTE_MS) === 0;
    if (at % MINUTE_MS !== 0) return false;
    const [, changeAt, before, after] = this.change;
    const jumpMs = Date.parse(changeAt);
    const local = at / MINUTE_MS + (at < jumpMs ? before : after);
    if (name === "elapsed") return local % 10 === 0;
    const isTime = (minute: number) => minute % 30 === 0 && Math.floor(minute / 60) % 24 <= 4;
    // What a gap left out ticks at its end; what comes twice ticks the first time.
    const shift = after - before;
    const atJump = jumpMs / MINUTE_MS + before;
    if (at === jumpMs && shift > 0) {
      for (let missing = atJump; missing < atJump + shift; missing++) if (isTime(missing)) return true;
    }
    const isSecond = shift < 0 && at >= jumpMs && at < jumpMs - shift * MINUTE_MS;
    return isTime(local) && !isSecond;
  }
}

const iso = (at: number) => new Date(at).toISOString();
