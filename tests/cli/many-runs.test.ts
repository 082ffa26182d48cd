/** One act on every run that a search finds: shown first, then done as shown. */
import type { RunView } from "holdfast";
import { expect, test } from "vitest";
import { makeProject, type Problem } from "./harness.js";

interface Plan {
  readonly planId: string;
  readonly count: number;
  readonly runs: readonly { readonly runId: string }[];
  readonly done?: number;
  readonly refused?: number;
}

test("pause, resume, cancel and delete act on what --where finds: shown by --check-only, done as shown, refused once it has moved", async () => {
  const project = await makeProject();
  const gated = (id: string, ...more: string[]) =>
    project.json(["start", "gated", `--gate=${project.path("gate")}`, `--run-id=${id}`, "--detach", ...more]);
  for (const id of ["g1", "g2", "g3"]) await gated(id, "--owner=ana");
  await gated("his", "--owner=bo");
  await project.json(["start", "brief", "--topic=t", "--run-id=b", "--owner=ana"]);
  const statuses = async () => {
    const { rows } = await project.json<{ rows: readonly RunView[] }>(["runs"]);
    return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
  };

  const check = await project.run(["pause", "--where", "owner=ana", "--check-only"]);
  expect([check.code, check.stdout]).toEqual([
    8,
    expect.stringMatching(
      /^Would pause 3 runs: 3 queued\n {2}left alone: 1 run, completed: it is over \(b\)\nRUN +WORKFLOW +STATUS *\ng3 +gated +queued *\ng2 /,
    ),
  ]);
  const [, planId = ""] = check.stderr.match(
    /^To do exactly this: holdfast pause .*owner=ana.* --plan-id[= ](bulk-[0-9a-f]{16})$/m,
  ) as string[];
  // The grammar of `holdfast runs`: the same plan.
  const planned = await project.json<Plan>(["pause", "--where=owner:ana workflow:gated", "--check-only"], 8);
  expect([planned.planId, planned.count]).toEqual([planId, 3]);
  expect(await statuses()).toEqual({ g1: "queued", g2: "queued", g3: "queued", his: "queued", b: "completed" });

  await project.json(["pause", "g2"]);
  const stale = await project.json<Problem>(["pause", "--where=owner=ana", `--plan-id=${planId}`], 6);
  expect(stale.code).toBe("PLAN_STALE");
  const paused = await project.run(["pause", "--where=owner=ana", "--reason=for the night"]);
  expect([paused.code, paused.stdout]).toEqual([
    0,
    "Paused 2 runs\n  left alone: 1 run, completed: it is over (b)\n  left alone: 1 run, paused already (g2)\n",
  ]);
  expect(await statuses()).toEqual({ g1: "paused", g2: "paused", g3: "paused", his: "queued", b: "completed" });
  const { rows } = await project.json<{ rows: { runId: string; actor: { via: string }; reason: string }[] }>([
    ...["audit", "--action=pause", "--limit=2"],
  ]);
  expect(rows.map(({ runId, actor, reason }) => [runId, actor.via, reason]).sort()).toEqual(
    ["g1", "g3"].map((runId) => [runId, "cli", "for the night"]),
  );

  const resumed = await project.json<Plan>(["resume", "--where=status=paused", "--yes"]);
  expect(resumed).toMatchObject({ action: "resume", count: 3, done: 3, refused: 0, estimate: { runs: 3 } });
  expect((await project.run(["cancel", "--where=status=queued -owner=bo"])).stdout).toMatch(/^Cancelled 3 runs\n/);
  expect((await project.run(["delete", "--where=status=cancelled", "--yes"])).stdout).toBe("Removed 3 runs\n");
  expect(await statuses()).toEqual({ his: "queued", b: "completed" });
  const none = await project.run(["delete", "--where=status=failed", "--check-only"]);
  expect([none.code, none.stdout]).toEqual([0, "No run matches\n"]);
});

test("what is no search, or is about one run, is refused and changes nothing", async () => {
  const project = await makeProject();
  await project.json(["start", "gated", `--gate=${project.path("gate")}`, "--run-id=g", "--detach"]);
  for (const [args, told] of [
    [["pause"], "holdfast pause needs <runId>, or --where for many runs"],
    [["pause", "g", "--where=status=queued"], "give it or <runId>, not both"],
    [["resume", "g", "--where=status=queued"], "give it or <runId>, not both"],
    [["cancel", "--where="], "a search is expected, such as status=failed"],
    [["cancel", "--where=status=lost"], "status"],
    [["delete", "--where=status=queued", "--even-if-forked"], "--even-if-forked is for one run, not for --where"],
    [["resume", "--where=status=queued", "--through=hold"], "--through is for one run, not for --where"],
    [["pause", "g", "--check-only"], "--check-only is for --where, not for one run"],
    [["cancel", "g", "--plan-id=x"], "--plan-id is for --where, not for one run"],
    [["delete", "g", "--check-only", "--yes"], "--check-only is for --where, not for one run"],
    [["resume", "g", "--check-only"], "--check-only is for --where, not for one run"],
    [["resume", "--latest", "--reason=why"], "--reason is for --where, not for one run"],
  ] as const) {
    const { code, stderr } = await project.run(args);
    expect([args, code, stderr]).toEqual([args, 2, expect.stringContaining(told)]);
  }
  expect((await project.json(["show", "g"])).status).toBe("queued");
});
