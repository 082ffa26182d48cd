import { existsSync, readFileSync } from "node:fs";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, test } from "vitest";
import { makeProject, type Problem, type Project } from "./harness.js";

const gatedRun = (project: Project, ...more: string[]) => [
  "start",
  "gated",
  `--gate=${project.path("gate")}`,
  "--run-id=g",
  ...more,
];

describe("steering", () => {
  test("a queued run is paused, failed, restarted and cancelled at once", async () => {
    const project = await makeProject();
    await project.json(gatedRun(project, "--detach"));
    expect((await project.run(["pause", "g", "--reason=lunch"])).stdout).toMatch(
      /^Run g paused\n {2}next {2}holdfast resume g/,
    );
    expect(await project.json(["fail", "g", "--reason=no good"])).toMatchObject({
      status: "failed",
      reason: "no good",
    });
    expect((await project.json<Problem>(["pause", "g"], 6)).code).toBe("ILLEGAL_MOVE");
    expect(await project.json(["restart", "g"])).toMatchObject({ status: "queued", generation: 2 });
    expect(await project.json(["cancel", "g"])).toMatchObject({ status: "cancelled" });
    expect((await project.run(["watch", "g"])).code).toBe(1);
  });

  test("fail needs a reason", async () => {
    const project = await makeProject();
    await project.json(gatedRun(project, "--detach"));
    const { code, stderr } = await project.run(["fail", "g"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--reason is needed")]);
  });

  test.each([
    ["pause", 75, "paused"],
    ["cancel", 1, "cancelled"],
  ] as const)("%s reaches the process that runs it, which exits with %i", async (verb, code, status) => {
    const project = await makeProject();
    // An hour of grace: a stop that waits for it, although the stage has ended, meets the deadline of the test.
    const running = project.spawn(gatedRun(project, "--heartbeat-ms=100", "--stop-grace-ms=3600000"));
    await running.says(/stage hold started/);
    const asked = await project.run([verb, "g"]);
    expect([asked.code, asked.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^Run g(: ${verb} requested|.${status})`)),
    ]);
    expect((await running.ended).code).toBe(code);
    expect((await project.json(["show", "g"])).status).toBe(status);
  });

  test("restart --set changes single fields of the input", async () => {
    const project = await makeProject();
    await project.json(["start", "brief", "--topic=old", "--words=5", "--run-id=b"]);
    expect(await project.json(["restart", "b", "--set", "topic=new"])).toMatchObject({
      input: { topic: "new", words: 5 },
    });
    expect((await project.run(["worker", "--until-idle"])).code).toBe(0);
    expect(await project.json(["show", "b"])).toMatchObject({ status: "completed", generation: 2 });
    expect((await project.json<Problem>(["restart", "b", "--set=topik=x"], 2)).detail).toContain("Did you mean topic?");
  });

  test("delete takes the whole id only, and leaves neither record nor file", async () => {
    const project = await makeProject();
    await project.json(["start", "brief", "--topic=t", "--run-id=whole-id"]);
    expect((await project.run(["delete", "whole"])).code).toBe(5);
    expect((await project.run(["delete", "@last"])).code).toBe(2);
    expect(existsSync(project.path(".holdfast/runs/whole-id"))).toBe(true);
    expect((await project.run(["delete", "whole-id", "--yes"])).stdout).toBe("Run whole-id removed\n");
    expect(existsSync(project.path(".holdfast/runs/whole-id"))).toBe(false);
    expect((await project.run(["show", "whole-id"])).code).toBe(5);
  });
});

describe("leases", () => {
  test("a held run cannot be resumed elsewhere: 6, naming the holder", async () => {
    const project = await makeProject();
    const running = project.spawn(gatedRun(project, "--holder=ann"));
    await running.says(/stage hold started/);
    const refused = await project.run(["resume", "g"]);
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringMatching(/held by ann \(host .*, pid \d+\)/)]);
    const locks = await project.run(["locks"]);
    expect(locks.stdout).toMatch(/g +gated +ann .* held/);
    expect((await project.run(["locks", "clean"])).stdout).toBe("Cleaned 0 expired locks\n");
    expect((await project.run(["recover", "--check-only"])).code).toBe(0);
    expect((await project.run(["delete", "g", "--yes"])).code).toBe(6);
    await project.write("gate/open", "");
    expect((await running.ended).code).toBe(0);
  });

  test("after kill -9 the lock shows as dead, recover finds it (8), does it, and the run completes", async () => {
    const project = await makeProject();
    const running = project.spawn(gatedRun(project));
    await running.says(/stage hold started/);
    running.child.kill("SIGKILL");
    await running.ended;
    expect(await project.json(["locks"])).toMatchObject([{ runId: "g", isHolderDead: true }]);
    const checked = await project.run(["recover", "--check-only"]);
    expect([checked.code, checked.stdout]).toEqual([
      8,
      expect.stringMatching(/g +gated +\S+ +resume +the holder died/),
    ]);
    expect((await project.json(["show", "g"])).status).toBe("running");
    expect(await project.json(["recover", "g"])).toMatchObject({
      runs: [{ runId: "g", action: "resume", isDone: true }],
    });
    expect(await project.json(["show", "g"])).toMatchObject({ status: "queued", recoveries: 1 });
    await project.write("gate/open", "");
    expect((await project.run(["worker", "--until-idle"])).code).toBe(0);
    expect((await project.json(["show", "g"])).status).toBe("completed");
  });

  test("after kill -9 `locks clean` recovers, and a resume needs no waiting for a lease", async () => {
    const project = await makeProject();
    for (const id of ["a", "b"]) {
      const running = project.spawn(["start", "gated", `--gate=${project.path("gate")}`, `--run-id=${id}`]);
      await running.says(/stage hold started/);
      running.child.kill("SIGKILL");
      await running.ended;
    }
    await project.write("gate/open", "");
    const resumed = await project.json(["resume", "a"]);
    expect(resumed.status).toBe("completed");
    expect((await project.run(["locks", "clean"])).stdout).toBe("Cleaned 1 expired lock\n");
    expect((await project.json(["show", "b"])).status).toBe("queued");
  });

  test("two runs at once in two processes on one store do not disturb each other", async () => {
    const project = await makeProject();
    const both = await Promise.all(
      ["x", "y"].map((id) => project.run(["start", "brief", `--topic=${id}`, `--run-id=${id}`])),
    );
    expect(both.map((ended) => ended.code)).toEqual([0, 0]);
    for (const id of ["x", "y"]) {
      const text = readFileSync(project.path(`.holdfast/runs/${id}/stages/write/attempt-1/brief.txt`), "utf8");
      expect(text).toContain(`About ${id}\n`);
    }
  });
});

describe("the store", () => {
  test("doctor tells what there is, makes nothing, and finds what is broken: 7", async () => {
    const project = await makeProject();
    const fresh = await project.run(["doctor"]);
    expect([fresh.code, fresh.stdout]).toEqual([
      0,
      expect.stringMatching(/does not exist yet[\s\S]*No problems found/),
    ]);
    expect(existsSync(project.path(".holdfast"))).toBe(false);
    await project.json(["start", "brief", "--topic=t"]);
    const used = await project.run(["doctor"]);
    expect([used.code, used.stdout]).toEqual([0, expect.stringMatching(/sqlite +version 3\.[\s\S]*1 completed/)]);
    const database = new DatabaseSync(project.path(".holdfast/holdfast.db"));
    database.exec(`INSERT INTO attempt_row (run_k, stage, attempt, generation, start_seq, status, holder_k, started_at)
      VALUES (4711, 'gather', 1, 1, 1, 'completed', 1, 1)`);
    database.close();
    const orphaned = await project.run(["doctor"]);
    expect(orphaned.code).toBe(7);
    expect(orphaned.stdout).toMatch(/✗ store +table attempt_row: 1 row of a run that does not exist \(run_k 4711\)/);
    await project.write("broken.db", Buffer.alloc(8_192, "no database "));
    const broken = await project.run(["doctor", "--url=sqlite:broken.db"]);
    expect([broken.code, broken.stdout]).toEqual([7, expect.stringMatching(/✗ store/)]);
    expect((await project.run(["doctor", "--lease-ms=5"])).code).toBe(7);
  });

  test("a file that is no store, and a folder in its place: 7, and both stay as they are", async () => {
    const project = await makeProject();
    const text = "x".repeat(5_000);
    await project.write("text.db", text);
    expect((await project.json<Problem>(["runs", "--url=sqlite:text.db"], 7)).code).toBe("STORE_CORRUPT");
    expect(readFileSync(project.path("text.db"), "utf8")).toBe(text);
    expect((await project.json<Problem>(["runs", "--url=sqlite:."], 7)).code).toBe("STORE_UNREACHABLE");
  });

  test("db backup writes a copy that works, and never over a file", async () => {
    const project = await makeProject();
    await project.json(["start", "brief", "--topic=t", "--run-id=kept"]);
    expect((await project.run(["db", "backup", "copy.db"])).stdout).toMatch(/^Backup written: .*copy\.db/);
    expect((await project.run(["db", "backup", "copy.db"])).code).toBe(2);
    expect((await project.json(["show", "kept", "--url=sqlite:copy.db"])).status).toBe("completed");
    expect((await project.run(["db", "migrate"])).stdout).toMatch(/schema version \d+ \(sqlite 3\./);
  });
});
