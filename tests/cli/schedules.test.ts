/** The commands of schedules: put, shown, paused, triggered, back-filled and deleted, without a server. */
import type { ScheduleView } from "holdfast";
import { expect, test } from "vitest";
import { makeProject, type Problem } from "./harness.js";

test("a schedule is put, listed and shown with its next five instants in its own zone, and acted on", async () => {
  const project = await makeProject();
  expect((await project.run(["schedules"])).stderr).toMatch(/No schedules\. Declare one/);
  const put = ["schedules", "put", "nightly", "--workflow=brief", "--set=topic=tides"];
  const made = await project.run([...put, "--cron=30 2 * * 1-5", "--timezone=Europe/Oslo", "--overlap=queue"]);
  expect([made.code, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toMatch(
    /^Schedule nightly: active since (?:now|\d+ s ago), by .*\n +workflow +brief\n +when +weekdays at 02:30 \(30 2 \* \* 1-5\), Europe\/Oslo/,
  );
  expect(made.stdout.match(/^ {4}\w{3} \d{4}-\d\d-\d\d 02:30 {2}in /gm)).toHaveLength(5);
  const listed = await project.run(["schedules"]);
  expect(listed.stdout).toMatch(
    /nightly +brief +active +weekdays at 02:30 +Europe\/Oslo +\w{3} \d{4}-\d\d-\d\d 02:30 +in /,
  );

  const paused = await project.run(["schedules", "pause", "nightly", "--reason=the API is down"]);
  expect(paused.stdout).toMatch(
    /^Schedule nightly: paused since (?:now|\d+ s ago), by .*: the API is down\n[\s\S]*next if resumed now/,
  );
  expect(await project.json<ScheduleView>(["schedules", "show", "nightly"])).toMatchObject({
    state: "paused",
    ticks: [],
  });
  const triggered = await project.run(["schedules", "trigger", "nightly"]);
  expect(triggered.stdout).toMatch(/^Schedule nightly started run nightly~\d{8}T\d{6}\.\d{3}Z\n +next +holdfast watch/);
  expect((await project.run(["schedules", "trigger", "nightly"])).stdout).toMatch(
    /^Schedule nightly: pending: run nightly~/,
  );

  const bounds = ["--from=2026-06-01T00:00Z", "--to=2026-06-07T00:00Z"];
  const preview = await project.run(["schedules", "backfill", "nightly", ...bounds, "--check-only"]);
  expect(preview.code).toBe(8);
  expect(preview.stdout).toMatch(/^Schedule nightly: would start 5 runs, one after the other\n +Mon 2026-06-01 02:30/);
  const filled = await project.run(["schedules", "backfill", "nightly", ...bounds, "--yes"]);
  expect([filled.code, filled.stdout]).toEqual([0, expect.stringMatching(/^Schedule nightly: started 5 runs/)]);
  expect((await project.run(["schedules", "backfill", "nightly", ...bounds, "--check-only"])).stdout).toMatch(
    /would start 0 runs\n +5 ticks had their runs already/,
  );
  const shown = await project.run(["schedules", "show", "nightly"]);
  expect(shown.stdout).toMatch(/pending, by back-fill nightly~20260605T003000Z/);
  expect((await project.run(["schedules", "resume", "nightly"])).stdout).toMatch(/^Schedule nightly: active/);
  expect((await project.run(["schedules", "delete", "nightly", "--yes"])).stdout).toMatch(/^Deleted schedule nightly/);
  expect(await project.json(["schedules"])).toEqual([]);
  expect((await project.run(["schedules", "--state=deleted"])).stdout).toMatch(/nightly +brief +deleted/);
  const audit = await project.json<{ rows: readonly { action: string }[] }>(["audit"]);
  expect(audit.rows.slice(0, 3).map(({ action }) => action)).toEqual([
    ...["scheduleDelete", "scheduleResume", "scheduleBackfill"],
  ]);
});

test("what cannot be meant is refused with its code, exit code and cure", async () => {
  const project = await makeProject();
  const put = ["schedules", "put", "nightly", "--workflow=brief", "--set=topic=tides"];
  const refused: readonly (readonly [readonly string[], number, string, RegExp])[] = [
    [[...put, "--cron=0 0 30 2 *"], 2, "SCHEDULE_INVALID", /never ticks within five years/],
    [[...put, "--cron=0 0 * * *", "--timezone=Europe/Olso"], 2, "SCHEDULE_INVALID", /no time zone "Europe\/Olso"/],
    [[...put, "--every=soon"], 2, "WRONG_USE", /--every: a duration of at most 10 years is expected/],
    [[...put, "--cron=0 0 * * *", "--overlap=never"], 2, "WRONG_USE", /overlap/],
    [
      ["schedules", "put", "a/b", "--workflow=brief", "--set=topic=t", "--every=1h"],
      2,
      "SCHEDULE_NAME_INVALID",
      /a\/b/,
    ],
    [["schedules", "put", "nightly", "--every=1h"], 2, "WRONG_USE", /--workflow is missing/],
    [["schedules", "show", "nightly"], 5, "SCHEDULE_NOT_FOUND", /no schedule nightly/],
    [
      ["schedules", "backfill", "nightly", "--from=noon"],
      2,
      "WRONG_USE",
      /--from: an instant with its zone is expected/,
    ],
  ];
  for (const [words, code, name, message] of refused) {
    const ended = await project.run([...words, "--json"]);
    const problem = JSON.parse(ended.stdout || ended.stderr) as Problem;
    expect([words.join(" "), ended.code, problem.code]).toEqual([words.join(" "), code, name]);
    expect(problem.detail).toMatch(message);
  }
});
