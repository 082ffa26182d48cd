import { fileURLToPath } from "node:url";
import type { CleanupReport, ManagementReport } from "@holdfast/engine";
import type { HealthView, RunView, Statistics } from "holdfast";
import { describe, expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { killRun, makeProject, type Problem, type Project } from "./harness.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const brief = (project: Project, id: string) => project.json(["start", "brief", "--topic=t", `--run-id=${id}`]);
const gated = (project: Project, id: string, ...more: string[]) => [
  "start",
  "gated",
  `--gate=${project.path("gate")}`,
  `--run-id=${id}`,
  ...more,
];
interface Listed {
  readonly asOf: number;
  readonly rows: readonly HealthView[];
}
interface Audited {
  readonly rows: readonly { action: string; actor: { id: string; via: string }; reason: string | null }[];
  readonly next: string | null;
}

describe("health", () => {
  test("lists active runs, those that are stuck first, and exits with 8 only when asked to", async () => {
    const project = await makeProject();
    expect((await project.run(["health"])).stderr).toMatch(/^(New store\. .*\n)?No run is active\.\n$/);
    await brief(project, "done");
    const running = project.spawn(gated(project, "alive"));
    await running.says(/stage hold started/);
    expect((await project.run(["health", "--fail-if-stuck"])).code).toBe(0);
    await killRun(project, "dead");
    const listed = await project.run(["health"]);
    expect([listed.code, listed.stdout]).toEqual([
      0,
      expect.stringMatching(/^RUN +WORKFLOW[^\n]*\ndead .*stuck: the holder died.*\nalive .* ok\n$/),
    ]);
    expect(listed.stderr).toContain("1 run is stuck. To see what a recovery would do: holdfast recover --check-only");
    const { asOf, rows } = await project.json<Listed>(["health", "--fail-if-stuck"], 8);
    expect(asOf).toBeTypeOf("number");
    expect(rows.map(({ runId, stuck }) => [runId, stuck])).toEqual([
      ["dead", true],
      ["alive", false],
    ]);
    expect((await project.run(["health", "--verbose"])).stdout).toMatch(
      /^dead {2}running {2}stuck\n[\s\S]*\n\nalive {2}running\n[\s\S]* held by /,
    );
    await project.write("gate/open", "");
    expect((await running.ended).code).toBe(0);
  });

  test("of one run has every field, and with --verbose what can be done and its checkpoints", async () => {
    const project = await makeProject();
    await project.json(gated(project, "waits", "--detach"));
    const health = await project.json<HealthView>(["health", "wai"]);
    expect(Object.keys(health)).toEqual(
      expect.arrayContaining(
        "runId status progress ageMs idleMs lastActivityAt stuck stuckReason etaMs timeoutAt recoveriesLeft retriesLeft lease".split(
          " ",
        ),
      ),
    );
    expect(health).toMatchObject({ runId: "waits", status: "queued", stuck: true, lease: null, recoveriesLeft: 3 });
    expect(await project.json(["health", "waits", "--verbose"])).toMatchObject({
      runId: "waits",
      recoveryOptions: { runId: "waits", resume: { isAllowed: true }, restart: { isAllowed: false } },
      checkpoints: [],
    });
    const told = await project.run(["health", "waits", "-v", "--fail-if-stuck"]);
    expect([told.code, told.stdout]).toEqual([
      8,
      expect.stringMatching(/no living worker takes[\s\S]* resume +from before[\s\S]*restart +no: it is queued/),
    ]);
  });

  test("refuses what cannot be meant: 2, and a run that is not there: 5", async () => {
    const project = await makeProject();
    expect((await project.run(["health", "--limit=0"])).code).toBe(2);
    expect((await project.run(["health", "x", "--owner=ada"])).code).toBe(2);
    expect((await project.json<Problem>(["health", "nothing"], 5)).code).toBe("RUN_NOT_FOUND");
    expect((await project.json<Problem>(["health", "--url=sqlite:."], 7)).code).toBe("STORE_UNREACHABLE");
  });

  test("show has the health as well, and with --verbose what can be done", async () => {
    const project = await makeProject();
    await killRun(project, "dead");
    const shown = await project.run(["show", "dead"]);
    expect(shown.stdout).toMatch(/ stuck +the holder died[\s\S]*next\n +holdfast recover dead --check-only/);
    expect(await project.json(["show", "dead"])).toMatchObject({ id: "dead", health: { stuck: true } });
    expect(await project.json(["show", "dead", "--verbose"])).toMatchObject({
      recoveryOptions: { resume: { fromStage: "hold", keepsStages: ["before"] } },
      checkpoints: [],
    });
    expect((await project.run(["show", "dead", "-v"])).stdout).toMatch(
      /fork +from before, hold\n +checkpoint none saved/,
    );
  });
});

describe("stats", () => {
  test("counts what is active and what ended, and says that nobody supervises", async () => {
    const project = await makeProject();
    await brief(project, "done");
    await project.json(["start", "failing", `--file=${project.path("none")}`], 1);
    await project.json(gated(project, "waits", "--detach"));
    const stats = await project.json<Statistics>(["stats"]);
    expect(stats).toMatchObject({
      active: { queued: 1, running: 0, paused: 0 },
      recent: { windowMs: 86_400_000, completed: 1, failed: 1, cancelled: 0 },
      successRate: 0.5,
      supervisor: { lastScanAt: null, recovered: 0, failed: 0, workers: 0 },
    });
    expect(stats.config).toMatchObject({ idleTimeoutMs: 7_200_000, maxRetries: 2 });
    expect(stats.config).toMatchObject({ retention: { days: 90, statuses: ["failed", "cancelled"] } });
    const told = await project.run(["stats", "--window-hours=0.5"]);
    expect(told.stdout).toMatch(/^active +1 queued[\s\S]*last 0\.5 h +1 completed, 1 failed[^\n]*50 % succeeded\n/);
    expect(told.stdout).toContain("no worker is running");
    expect(await project.json(["stats", "--owner=nobody"])).toMatchObject({ active: { queued: 0 }, successRate: null });
    expect((await project.run(["stats", "--window-hours=-1"])).code).toBe(2);
  });

  test("and doctor tell of a worker that supervises, and of one that does not", async () => {
    const project = await makeProject();
    const until = async (isThere: (stats: Statistics) => boolean) => {
      const isTold = async () => isThere(await project.json<Statistics>(["stats"]));
      await waitFor(isTold, { withinMs: 60_000, what: "the statistics to tell it" });
    };
    expect((await project.run(["doctor"])).stdout).toMatch(/retention +nothing is removed automatically/);
    await project.run(["runs"]);
    expect((await project.run(["doctor"])).stdout).toMatch(/! workers +no worker is running/);
    const idle = project.spawn(["worker", "--no-supervise"]);
    await until(({ supervisor }) => supervisor.workers === 1);
    expect((await project.run(["doctor"])).stdout).toMatch(/! workers +1 living worker, none of them supervises/);
    const worker = project.spawn(["worker"]);
    await until(({ supervisor }) => supervisor.workers === 2 && supervisor.lastScanAt !== null);
    expect((await project.run(["doctor"])).stdout).toMatch(/✓ workers +2 living workers, last scan/);
    expect((await project.run(["stats", "--verbose"])).stdout).toMatch(/WORKER [\s\S]* yes +alive +brief gated/);
    for (const { child } of [idle, worker]) child.kill("SIGTERM");
    expect([(await idle.ended).code, (await worker.ended).code]).toEqual([75, 75]);
  });
});

describe("recover", () => {
  test("does what --check-only showed under its plan, and nothing when that has changed: 6", async () => {
    const project = await makeProject();
    await killRun(project, "a");
    await killRun(project, "b");
    const check = await project.json<ManagementReport>(["recover", "--check-only"], 8);
    expect(check).toMatchObject({ isCheckOnly: true, scanned: 2 });
    expect((await project.run(["recover", "--check-only"])).stderr).toContain(`--plan-id=${check.planId}`);
    const done = await project.json<ManagementReport>(["recover", `--plan-id=${check.planId}`, "--reason=power cut"]);
    expect(done).toEqual({ ...check, isCheckOnly: false, runs: check.runs.map((one) => ({ ...one, isDone: true })) });
    const refused = await project.json<Problem>(["recover", `--plan-id=${check.planId}`], 6);
    expect(refused.code).toBe("PLAN_STALE");
    expect((await project.json<Audited>(["audit", "--action=recover"])).rows).toMatchObject([
      { actor: { via: "cli" }, reason: "power cut" },
      { actor: { via: "cli" }, reason: "power cut" },
    ]);
    expect((await project.run(["recover", "--check-only"])).stdout).toBe("Nothing to recover\n");
  });

  test("with --verbose tells of every run that is left alone, and why", async () => {
    const project = await makeProject();
    const running = project.spawn(gated(project, "alive"));
    await running.says(/stage hold started/);
    const told = await project.run(["recover", "--verbose"]);
    expect([told.code, told.stdout]).toEqual([
      0,
      expect.stringMatching(
        /alive .* nothing +the holder is alive; idle for .*, times out after 2 h 00 min\nNothing to recover\n$/,
      ),
    ]);
    expect(await project.json(["recover", "--verbose"])).toMatchObject({
      runs: [],
      left: [{ runId: "alive", reason: "the holder is alive", idleTimeoutMs: 7_200_000 }],
    });
    await project.write("gate/open", "");
    expect((await running.ended).code).toBe(0);
  });

  test("--reset gives a run its recoveries back first, and --check-only shows both", async () => {
    const project = await makeProject();
    await killRun(project, "g");
    await project.json(["recover", "g"]);
    const worker = project.spawn(["worker"]);
    await worker.says(/g \(gated\) claimed/);
    worker.child.kill("SIGKILL");
    await worker.ended;
    const check = await project.json<ManagementReport>(["recover", "g", "--reset", "--check-only"], 8);
    expect(check).toMatchObject({ reset: { runId: "g", recoveries: 1, retries: 0 }, runs: [{ action: "resume" }] });
    expect((await project.json<RunView>(["show", "g"])).recoveries).toBe(1);
    const done = await project.run(["recover", "g", "--reset", `--plan-id=${check.planId}`]);
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringMatching(/^Reset run g: recoveries 1 → 0, retries 0 → 0\n[\s\S]* resume +the holder died/),
    ]);
    expect(await project.json<RunView>(["show", "g"])).toMatchObject({ status: "queued", recoveries: 1 });
    expect((await project.json<Audited>(["audit", "g"])).rows.map(({ action }) => action)).toEqual([
      "recover",
      "resetRecoveries",
      "recover",
      "start",
    ]);
    await project.json(["cancel", "g"]);
    expect((await project.json<Problem>(["recover", "g", "--reset"], 6)).code).toBe("ILLEGAL_MOVE");
    expect((await project.run(["recover", "--reset"])).code).toBe(2);
  });

  test("is left to others by a worker with --no-supervise, and done and told by one without", async () => {
    const project = await makeProject();
    await killRun(project, "g");
    expect((await project.run(["worker", "--no-supervise", "--until-idle"])).code).toBe(0);
    expect((await project.json(["show", "g"])).status).toBe("running");
    await project.write("gate/open", "");
    const supervising = await project.run(["worker", "--until-idle"]);
    expect(supervising.stderr).toContain("run g (gated) queued again: the holder died");
    expect((await project.json(["show", "g"])).status).toBe("completed");
  });

  test.each([
    [["recover", "nothing"], 5],
    [["recover", "--max-retries=-1"], 2],
    [["recover", "--timeout-minutes=0"], 2],
    [["timeouts", "--timeout-minutes=soon"], 2],
    [["timeouts", "g"], 2],
  ] as const)("%j exits with %i", async (args, code) => {
    const project = await makeProject();
    expect((await project.run(args)).code).toBe(code);
  });
});

describe("timeouts", () => {
  test("judges idleness by the limit given, retries what had progressed, and fails it without retries", async () => {
    const project = await makeProject();
    const running = project.spawn(gated(project, "slow", "--heartbeat-ms=100"));
    await running.says(/stage hold started/);
    expect((await project.run(["timeouts", "--check-only"])).stdout).toBe("No run is over its timeout\n");
    const limit = "--timeout-minutes=0.0001";
    expect(await project.json(["timeouts", "--check-only", limit, "--max-retries=0"], 8)).toMatchObject({
      runs: [{ runId: "slow", cause: "idle", action: "fail" }],
    });
    const check = await project.json<ManagementReport>(["timeouts", "--check-only", limit], 8);
    expect(check.runs).toMatchObject([{ runId: "slow", action: "resume", holder: expect.any(String) }]);
    expect((await project.run(["timeouts", limit, "--plan-id=another"])).code).toBe(6);
    const done = await project.run(["timeouts", limit, `--plan-id=${check.planId}`]);
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/slow +gated +\S+ +resume +no progress for/)]);
    expect((await running.ended).code).not.toBe(0);
    expect(await project.json(["show", "slow"])).toMatchObject({ status: "queued", retries: 1 });
  });
});

describe("cleanup", () => {
  test("says what would go, takes exactly that under its plan, and leaves what finished since", async () => {
    const project = await makeProject();
    for (const id of ["a", "b"]) await brief(project, id);
    await project.json(["start", "failing", `--file=${project.path("none")}`, "--run-id=bad"], 1);
    const told = await project.run(["cleanup", "--days=0", "--check-only", "--verbose"]);
    expect([told.code, told.stdout]).toEqual([
      8,
      expect.stringMatching(
        /^Would remove 3 runs and [\d.]+ KiB of files\n {2}brief: 2 completed\n {2}failing: 1 failed\nRUN [\s\S]*\na +brief +completed/,
      ),
    ]);
    const check = await project.json<CleanupReport>(["cleanup", "--days=0", "--status=completed", "--check-only"], 8);
    expect(check).toMatchObject({ isCheckOnly: true, count: 2, byWorkflow: { brief: { completed: 2 } } });
    await brief(project, "later");
    const plan = ["cleanup", "--days=0", "--status=completed", `--plan-id=${check.planId}`];
    expect(await project.json(plan)).toEqual({ ...check, isCheckOnly: false });
    expect((await project.json<{ rows: RunView[] }>(["runs"])).rows.map(({ id }) => id)).toEqual(["later", "bad"]);
    expect((await project.json<Problem>(plan, 6)).code).toBe("PLAN_STALE");
    expect((await project.json<Audited>(["audit", "a"])).rows).toMatchObject([
      { action: "cleanup", after: null, reason: "finished more than 0 days ago" },
      { action: "start" },
    ]);
  });

  test("keeps the newest, other workflows and what is too young", async () => {
    const project = await makeProject();
    for (const id of ["a", "b"]) await brief(project, id);
    expect((await project.run(["cleanup", "--days=1"])).stdout).toBe("Nothing to clean up\n");
    expect(await project.json(["cleanup", "--days=0", "--workflow=gated"])).toMatchObject({ count: 0 });
    expect(await project.json(["cleanup", "--days=0", "--keep-last=1", "--reason=room"])).toMatchObject({
      count: 1,
      runs: [{ runId: "a" }],
    });
    expect((await project.json<Audited>(["audit", "--action=cleanup"])).rows).toMatchObject([{ reason: "room" }]);
  });

  test("refuses what cannot be meant, and removes nothing", async () => {
    const project = await makeProject();
    await brief(project, "kept");
    for (const [args, message] of [
      [["--days=-1"], "a number of days from 0 is expected"],
      [["--days=week"], "a number of days from 0 is expected"],
      [["--days=1", "--status=complete"], "Did you mean completed?"],
      [["--days=1", "--keep-last=some"], "a whole number of at least 0"],
      [[], "--days is needed"],
    ] as const) {
      const { code, stderr } = await project.run(["cleanup", ...args]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
    expect((await project.run(["show", "kept"])).code).toBe(0);
  });

  test("without an age does what retention says; a worker does it by itself", async () => {
    const project = await makeProject();
    await brief(project, "old");
    const env = { HOLDFAST_RETENTION_DAYS: "0.0000001", HOLDFAST_RETENTION_STATUSES: "completed" };
    expect((await project.run(["doctor"], { env })).stdout).toMatch(/retention +completed runs over 1e-7 days/);
    expect((await project.run(["cleanup", "--check-only"], { env })).code).toBe(8);
    const worker = project.spawn(["worker"], { env });
    await worker.says(/retention removed 1 run/);
    worker.child.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
    expect((await project.run(["show", "old"])).code).toBe(5);
    expect((await project.json<Audited>(["audit", "old"])).rows[0]).toMatchObject({
      action: "cleanup",
      actor: { via: "supervisor" },
    });
  });

  test.each([
    [{ HOLDFAST_RETENTION_DAYS: "-3" }, 'HOLDFAST_RETENTION_DAYS: a number of days over 0 is expected, "-3" was given'],
    [{ HOLDFAST_RETENTION_STATUSES: "done" }, "HOLDFAST_RETENTION_STATUSES: a list of completed, failed or cancelled"],
    [{ HOLDFAST_RETENTION_KEEP_LAST: "3" }, "HOLDFAST_RETENTION_KEEP_LAST: retention has no days"],
  ])("retention of the environment that cannot be meant is refused: %j", async (env, message) => {
    const project = await makeProject();
    const { code, stderr } = await project.run(["runs"], { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("audit", () => {
  test("tells who did what and why, page by page, also of a run that is gone", async () => {
    const project = await makeProject();
    await project.json(gated(project, "g", "--detach"));
    await project.json(["fail", "g", "--reason=no good"]);
    await project.json(["restart", "g", "--reason=once more"]);
    await project.json(["cancel", "g"]);
    await project.json(["delete", "g", "--reason=room"]);
    const { rows } = await project.json<Audited>(["audit", "g"]);
    expect(rows.map(({ action, reason }) => [action, reason])).toEqual([
      ["delete", "room"],
      ["cancel", null],
      ["restart", "once more"],
      ["fail", "no good"],
      ["start", null],
    ]);
    expect(new Set(rows.map(({ actor }) => actor.via))).toEqual(new Set(["cli"]));
    const first = await project.json<Audited>(["audit", "--limit=2", `--actor=${rows[0]?.actor.id}`]);
    const second = await project.json<Audited>(["audit", "--limit=3", `--cursor=${first.next}`]);
    expect([...first.rows, ...second.rows]).toEqual(rows);
    const told = await project.run(["audit", "--action=fail", "--verbose"]);
    expect(told.stdout).toMatch(/ fail +g +queued \(generation 1.*\) → failed \(.*\) +gated +no good\n$/);
    expect((await project.run(["audit", "--actor=nobody"])).stderr).toBe("No matching entries.\n");
    expect((await project.run(["audit", "never-was"])).code).toBe(5);
    expect((await project.run(["audit", "--action=failed"])).stderr).toContain("Did you mean fail?");
  });
});

describe("npm run run-manager", () => {
  const program = `${ROOT}packages/holdfast/bin/run-manager.mjs`;

  test("maps each action to its command, with that command's options and exit codes", async () => {
    const project = await makeProject();
    await killRun(project, "dead");
    await brief(project, "done");
    const manage = (...args: string[]) => project.run(args, { program });
    expect(await manage("--action", "health", "--verbose")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^dead {2}running {2}stuck\n/),
    });
    expect((await manage("--action=stats")).stdout).toMatch(/^active +0 queued, 1 running/);
    expect((await manage("--action", "checkTimeouts", "--timeout-minutes", "30", "--max-retries", "2")).code).toBe(0);
    expect((await manage("--action", "recover", "--check-only")).code).toBe(8);
    expect((await manage()).stdout).toMatch(/dead +gated +\S+ +resume +the holder died/);
    expect((await manage("--action", "cleanup", "--days", "7")).stdout).toBe("Nothing to clean up\n");
    expect((await manage("--action", "cleanup", "--days", "0", "--check-only")).code).toBe(8);
    expect((await manage("--help")).stdout).toContain("checkTimeouts  holdfast timeouts");
  });

  test("refuses an action that there is not, naming those there are, and a loop", async () => {
    const project = await makeProject();
    const unknown = await project.run(["--action", "recovr"], { program });
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(
        /"recovr" is not one of recover, checkTimeouts, cleanup, stats, health. Did you mean recover\?/,
      ),
    ]);
    const json = await project.run(["--action=none", "--json"], { program });
    expect([json.code, JSON.parse(json.stdout)]).toEqual([2, expect.objectContaining({ code: "WRONG_USE" })]);
    const loop = await project.run(["--check-interval-minutes", "5"], { program });
    expect([loop.code, loop.stderr]).toEqual([2, expect.stringContaining("npx holdfast worker")]);
  });

  test("is a script of this repository", async () => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(`${ROOT}${manifest.scripts["run-manager"].replace("node ", "")}`).toBe(program);
  });
});
