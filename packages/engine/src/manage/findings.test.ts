/** What a scan finds: page by page, each holder asked about once, decided by the limits in force. */
import { type Holder, RECOVERY_DEFAULTS, type RunId, type RunningFacts, type WaitingRun } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import type { Engine } from "../opened/engine.js";
import type { LeftRun } from "./facade.js";
import { findRecoveries, planIdOf, type ScanScope } from "./findings.js";

const holderOf = (name: string): Holder =>
  ({ name, host: "h", pid: 1, bootId: "b", pidNamespace: "n", processStart: name }) as Holder;

interface RunWish {
  readonly holder?: string;
  readonly facts?: Partial<RunningFacts["facts"]>;
  readonly policy?: Partial<RunningFacts["policy"]>;
  readonly isHolderGone?: boolean;
}

function running(runId: string, { holder = "w", facts, policy, isHolderGone }: RunWish = {}): RunningFacts {
  return {
    lease: { runId, workflow: "brief", holder, holderIdentity: holderOf(holder), token: 4, isHolderGone },
    policy: { ...RECOVERY_DEFAULTS, idleTimeoutMs: 60_000, ...policy },
    deaths: 1,
    facts: {
      ...{ status: "running", isLeaseExpired: false, idleForMs: 0, recoveries: 0, retries: 0 },
      ...{ wasAlone: true, hasRecord: true, hasProgressed: true, wish: null },
      ...facts,
    },
  } as unknown as RunningFacts;
}

const waiting = (runId: string, waitingForMs: number): WaitingRun =>
  ({ runId, workflow: "brief", waitingForMs, startTimeoutMs: 60_000 }) as WaitingRun;

interface Given {
  readonly runs?: readonly RunningFacts[];
  readonly waiting?: readonly WaitingRun[];
  readonly dead?: readonly string[];
  readonly handingBack?: readonly string[];
}

function world({ runs = [], waiting: queued = [], dead = [], handingBack = [] }: Given) {
  const asked: string[] = [];
  const pages: (string | null)[] = [];
  const page = <T>(
    all: readonly T[],
    idOf: (row: T) => string,
    { after, limit }: { after: RunId | null; limit: number },
  ) => {
    pages.push(after);
    return all.filter((row) => after === null || idOf(row) > after).slice(0, limit);
  };
  const store = {
    listRunning: async (at: { after: RunId | null; limit: number }) => page(runs, ({ lease }) => lease.runId, at),
    getRunningFacts: async (runId: string) => runs.find(({ lease }) => lease.runId === runId) ?? null,
    listNeverStarted: async (at: { after: RunId | null; limit: number }) => page(queued, ({ runId }) => runId, at),
  };
  const isProvenDead = (holder: Holder) => {
    asked.push(holder.name);
    return dead.includes(holder.name);
  };
  const late = { isHandingBack: ({ runId }: { runId: string }) => handingBack.includes(runId) };
  const engine = { deps: { store, isProvenDead, late }, recoveryDefaults: {} } as unknown as Engine;
  const find = async (look: ScanScope = {}) => {
    const left: string[] = [];
    const { scanned, findings } = await findRecoveries(engine, {
      onLeft: ({ runId, reason }: LeftRun) => left.push(`${runId}: ${reason}`),
      ...look,
    });
    return { scanned, findings, told: findings.map((one) => `${one.runId}: ${one.action}, ${one.cause}`), left };
  };
  return { find, asked, pages };
}

describe("a scan", () => {
  test("decides about the dead, the silent, the idle and what nobody took, in the order of ids; the living are left alone", async () => {
    const { find } = world({
      runs: [
        running("a-alive"),
        running("c-dead", { holder: "gone" }),
        running("d-silent", { facts: { isLeaseExpired: true } }),
        running("e-idle", { facts: { idleForMs: 60_000 } }),
        running("f-gone", { holder: "elsewhere", isHolderGone: true }),
      ],
      waiting: [waiting("b-queued", 59_999), waiting("d-never", 60_000)],
      dead: ["gone"],
    });
    const { scanned, findings, told, left } = await find();
    expect(scanned).toBe(7);
    expect(told).toEqual([
      "c-dead: resume, stalled",
      "d-never: fail, neverStarted",
      "d-silent: resume, stalled",
      "e-idle: resume, idle",
      "f-gone: resume, stalled",
    ]);
    expect(left).toEqual(["a-alive: the holder is alive"]);
    const by = Object.fromEntries(findings.map((one) => [one.runId, one]));
    expect(by["c-dead"]).toMatchObject({ isHolderDead: true, token: 4, deaths: 1, limitMs: null, holder: "gone" });
    expect(by["d-silent"]?.isHolderDead).toBe(false);
    expect(by["e-idle"]?.limitMs).toBe(60_000);
    expect(by["d-never"]).toMatchObject({
      ...{ token: 0, deaths: null, limitMs: 60_000, holder: null, isHolderDead: false },
    });
  });

  test("asks once about each holder, and never about one that the store knows to be gone", async () => {
    const runs = ["1", "2", "3"].map((n) => running(`r${n}`, { holder: "w" }));
    const { find, asked } = world({ runs: [...runs, running("s", { holder: "x", isHolderGone: true })], dead: ["w"] });
    expect((await find()).findings).toHaveLength(4);
    expect(asked).toEqual(["w"]);
  });

  test("reads page after page, to the last", async () => {
    const runs = Array.from({ length: 401 }, (_, i) => running(`r${String(i).padStart(3, "0")}`));
    const { find, pages } = world({ runs });
    expect((await find()).scanned).toBe(401);
    expect(pages).toEqual([null, "r199", "r399", null]);
    const even = world({ runs: runs.slice(0, 200) });
    expect((await even.find()).scanned).toBe(200);
    expect(even.pages).toEqual([null, "r199", null]);
  });

  test("of one run looks at that one alone, running or never taken", async () => {
    const { find, pages } = world({
      runs: [running("a", { facts: { isLeaseExpired: true } }), running("b", { facts: { isLeaseExpired: true } })],
      waiting: [waiting("c", 99_999), waiting("d", 99_999)],
    });
    expect((await find({ runId: "b" })).told).toEqual(["b: resume, stalled"]);
    expect(pages).toEqual([null]);
    expect((await find({ runId: "d" })).told).toEqual(["d: fail, neverStarted"]);
    expect(await find({ runId: "e" })).toMatchObject({ scanned: 0, told: [] });
  });

  test("leaves a run that its own process is giving back, and says so", async () => {
    const { find } = world({ runs: [running("r", { holder: "w" })], dead: ["w"], handingBack: ["r"] });
    expect(await find()).toMatchObject({ scanned: 1, told: [], left: ["r: its holder is giving it back"] });
  });

  test("for some causes alone leaves the others, with what was decided about them", async () => {
    const given = {
      runs: [running("dead", { holder: "w" }), running("idle", { holder: "v", facts: { idleForMs: 90_000 } })],
      waiting: [waiting("never", 99_999)],
      dead: ["w"],
    };
    const timeouts = await world(given).find({ causes: ["idle"] });
    expect([timeouts.told, timeouts.left, timeouts.scanned]).toEqual([
      ["idle: resume, idle"],
      ["dead: the holder died; not a matter of timeouts"],
      2,
    ]);
    const started = await world(given).find({ causes: ["neverStarted"] });
    expect([started.told, started.scanned]).toEqual([["never: fail, neverStarted"], 3]);
  });

  test("judges by limits given, afresh if asked, and not by idleness where another does", async () => {
    const idle = (change: RunWish = {}) =>
      world({ runs: [running("r", { facts: { idleForMs: 30_000, retries: 2 }, ...change })] });
    expect((await idle().find()).told).toEqual([]);
    const limits = { idleTimeoutMs: 30_000 };
    const [failed] = (await idle().find({ limits })).findings;
    expect([failed?.action, failed?.limitMs]).toEqual(["fail", 30_000]);
    expect((await idle().find({ limits, isAfresh: true })).told).toEqual(["r: resume, idle"]);
    expect((await idle().find({ limits: { ...limits, maxRetries: 3 } })).told).toEqual(["r: resume, idle"]);
    expect((await idle().find({ limits, isIdleJudged: () => false })).told).toEqual([]);
    const dying = world({ runs: [running("r", { holder: "w", facts: { recoveries: 3 } })], dead: ["w"] });
    expect((await dying.find()).told).toEqual(["r: fail, stalled"]);
    expect((await dying.find({ isAfresh: true })).told).toEqual(["r: resume, stalled"]);
  });
});

test("a plan's id is over who holds what and what is decided, not over the time that passes", async () => {
  const planOf = async (idleForMs: number, more: RunWish = {}) =>
    planIdOf((await world({ runs: [running("r", { facts: { idleForMs }, ...more })] }).find()).findings);
  const plan = await planOf(70_000);
  expect(await planOf(80_000)).toBe(plan);
  expect(await planOf(70_000, { policy: { maxRetries: 0 } })).not.toBe(plan);
  expect(planIdOf([])).not.toBe(plan);
});
