/** `start --delay --at --priority --tag`, and how such runs are shown and found. */
import type { RunView } from "holdfast";
import { describe, expect, test } from "vitest";
import { makeProject } from "./harness.js";

describe("a run that starts later", () => {
  test("is queued with its instant, priority and tags, is shown, found and counted by a tag, and starts in order", async () => {
    const project = await makeProject();
    const start = ["start", "brief", "--topic=tides", "--detach"];
    const later = await project.run([...start, "--run-id=later", "--delay=2h", "--tag=nightly", "--tag=acme"]);
    expect(later.stdout).toMatch(/^Run later queued, starts at .* UTC\n/);
    const dated = await project.json([...start, "--run-id=dated", "--at=2031-01-31T06:00:00+01:00", "--tag=nightly"]);
    expect(dated).toMatchObject({ wakeAt: Date.UTC(2031, 0, 31, 5), priority: 5, tags: ["nightly"] });
    await project.json([...start, "--run-id=low", "--priority=0"]);
    await project.json([...start, "--run-id=high", "--priority=9", "--tag=acme"]);
    const shown = await project.run(["show", "later"]);
    expect(shown.stdout).toMatch(/starts +.* UTC \(in [12] h/);
    const listed = await project.run(["runs", "--tag=NIGHTLY"]);
    expect(listed.stdout).toMatch(
      /TAGS[\s\S]*dated .*nightly .*starts at 2031-01-31[\s\S]*later .*nightly acme .*starts at/,
    );
    expect(listed.stdout).not.toMatch(/high|low/);
    const ids = async (...words: string[]) =>
      (await project.json<{ rows: readonly RunView[] }>(["runs", ...words])).rows.map(({ id }) => id);
    expect(await ids("tag:acme", "-tag:nightly")).toEqual(["high"]);
    expect(await ids("--tag=acme", "--tag=nightly")).toEqual(["later"]);
    expect(await project.json(["stats", "--tag=nightly"])).toMatchObject({ active: { queued: 2 } });
    const worker = project.spawn(["worker", "--concurrency=1"]);
    await worker.says(/run low completed|low.*completed/);
    worker.child.kill("SIGTERM");
    const { stderr } = await worker.ended;
    expect(stderr.search(/high.*completed/)).toBeLessThan(stderr.search(/low.*completed/));
    expect(await ids("--status=queued")).toEqual(["dated", "later"]);
  });

  test("a foreground start stays with it until it has started and ended; Ctrl-C leaves it queued", async () => {
    const project = await makeProject();
    const soon = project.spawn(["start", "brief", "--topic=tides", "--run-id=soon", "--delay=1s"]);
    const { code, stdout } = await soon.ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Run soon completed/)]);
    const left = project.spawn(["start", "brief", "--topic=tides", "--run-id=left", "--delay=2h"]);
    await left.says(/starts at .* UTC/);
    left.child.kill("SIGINT");
    expect((await left.ended).code).toBe(75);
    expect(await project.json(["show", "left"])).toMatchObject({ status: "queued", startedAt: null });
  });

  test("of a dedupe key one run is active: a start joins it, is refused, follows it or replaces it, and says so", async () => {
    const project = await makeProject();
    const start = ["start", "brief", "--detach", "--dedupe-key=acme"];
    await project.json([...start, "--topic=one", "--run-id=first"]);
    const joined = await project.run([...start, "--topic=two"]);
    expect(joined.stdout).toMatch(/^Run first of this key is queued already; its input differs from this one\n/);
    const rejected = await project.run([...start, "--topic=one", "--when-active=reject"]);
    expect([rejected.code, rejected.stderr]).toEqual([6, expect.stringMatching(/Run first of[\s\S]*DUPLICATE_RUN/)]);
    const after = await project.run([...start, "--topic=two", "--when-active=after", "--run-id=second"]);
    expect(after.stdout).toMatch(/^Run second queued, waits for the end of first\n/);
    expect((await project.run(["show", "second"])).stdout).toMatch(/waits for +the end of first/);
    expect((await project.run(["runs"])).stdout).toMatch(/second .*waits for the end of first/);
    await project.json([...start, "--topic=three", "--when-active=replace", "--run-id=third"]);
    const { rows } = await project.json<{ rows: readonly RunView[] }>(["runs"]);
    expect(rows.map(({ id, status, input }) => [id, status, (input as { topic: string }).topic])).toEqual([
      ["third", "queued", "three"],
      ["second", "cancelled", "two"],
      ["first", "cancelled", "one"],
    ]);
    expect((await project.run(["start", "brief", "--topic=x", "--detach", "--quiet=5s"])).code).toBe(2);
  });

  test("impossible options are refused before anything is written", async () => {
    const project = await makeProject();
    for (const [option, message] of [
      ["--delay=soon", /--delay: a duration of at most 10 years is expected/],
      ["--delay=11000d", /--delay: a duration of at most 10 years/],
      ["--at=tomorrow", /--at: an instant with its zone is expected/],
      ["--at=2031-01-31T06:00", /--at: an instant with its zone is expected/],
      ["--priority=10", /--priority: a whole number of at least 0 and at most 9/],
      ["--tag=", /tag/],
    ] as const) {
      const { code, stderr } = await project.run(["start", "brief", "--topic=x", "--detach", option]);
      expect([option, code, stderr]).toEqual([option, 2, expect.stringMatching(message)]);
    }
    const both = await project.run(["start", "brief", "--topic=x", "--detach", "--delay=1h", "--at=2031-01-31T06:00Z"]);
    expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/one of the two is expected/)]);
    expect((await project.json<{ rows: unknown[] }>(["runs"])).rows).toEqual([]);
  });
});
