import type { RunView } from "holdfast";
import { describe, expect, test } from "vitest";
import { makeProject } from "./harness.js";

describe("a run that sleeps", () => {
  test.concurrent("start stays attached while it waits, and goes on when its time has come, with no worker there", async () => {
    const project = await makeProject();
    const { code, stdout, stderr } = await project.run(["start", "sleeper", "--run-id=nap"]);
    expect(stderr).toMatch(
      /stage nap waits \(sleep\) until .* UTC[\s\S]*run waits: sleep nap; goes on at .* UTC[\s\S]*the wait nap ended/,
    );
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Run nap completed/)]);
  });

  test.concurrent("Ctrl-C leaves it waiting and exits with 75; lists, show and health tell what it waits for", async () => {
    const project = await makeProject();
    const running = project.spawn(["start", "sleeper", "--ms=86400000", "--run-id=nap"]);
    await running.says(/run waits: sleep nap/);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended;
    expect([code, stdout]).toEqual([75, expect.stringMatching(/^Run nap waiting \(sleep nap\)/)]);
    expect(stdout).toMatch(/goes on +by itself at .* UTC, if a worker is running \(holdfast worker\)/);
    const { rows } = await project.json<{ rows: readonly RunView[] }>(["runs", "--status=waiting"]);
    expect(rows.map(({ id }) => id)).toEqual(["nap"]);
    const shown = await project.run(["show", "nap"]);
    expect(shown.stdout).toMatch(/waits for +sleep nap\n +until +.* UTC \(in (23 h|1 d)\)/);
    expect((await project.run(["health", "nap", "--fail-if-stuck"])).stdout).toMatch(/waits for sleep nap since/);
    expect((await project.run(["resume", "nap"])).code).toBe(6);
    expect(await project.json(["pause", "nap"])).toMatchObject({ status: "paused" });
    expect(await project.json(["cancel", "nap"])).toMatchObject({ status: "cancelled" });
  });

  test.concurrent("a worker takes up what another process left waiting", async () => {
    const project = await makeProject();
    const left = project.spawn(["start", "sleeper", "--ms=4000", "--run-id=nap"]);
    await left.says(/run waits: sleep nap/);
    left.child.kill("SIGKILL");
    await left.ended;
    const worker = project.spawn(["worker"]);
    await worker.says(/nap.*completed|completed.*nap/);
    worker.child.kill("SIGTERM");
    await worker.ended;
    const run = await project.json(["show", "nap"]);
    expect(run).toMatchObject({ status: "completed", recoveries: 0 });
    expect(run.stages.map((stage) => stage.attempts.length)).toEqual([1, 1, 1]);
  });
});
