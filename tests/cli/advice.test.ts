/** The commands that the summary of a run advises, executed as they are printed: each moves the run, or says what is missing. */
import { describe, expect, test } from "vitest";
import { type Ended, makeProject, type Project } from "./harness.js";

type Mode = "items" | "allowed" | "errors" | "budget" | "stage" | "auth" | "rate";

const start = (project: Project, mode: Mode, ...more: string[]) =>
  project.run(["start", "advised", `--folder=${project.folder}`, `--mode=${mode}`, "--run-id=r", ...more]);
const fix = (project: Project) => project.write("fixed", "");

/** What was printed after `next`, as words to type. */
function advised({ stdout }: Ended): string[] {
  const [, command] = stdout.match(/^ +next +holdfast (.+)$/m) ?? [];
  if (command === undefined) throw new Error(`no advice in:\n${stdout}`);
  return command.split(" ");
}

/** All that `show` advises. */
async function allAdvised(project: Project): Promise<readonly string[]> {
  const { stdout } = await project.run(["show", "r"]);
  return stdout
    .slice(stdout.lastIndexOf("next"))
    .split("\n")
    .flatMap((line) => line.match(/^ +(holdfast .+)$/)?.[1] ?? []);
}

describe("the advice", () => {
  test("after failed items names the most frequent cause with its count, and does the failed ones again", async () => {
    const project = await makeProject();
    const ended = await start(project, "items");
    expect(ended.code).toBe(3);
    expect(ended.stdout).toMatch(
      /failed +work: 4 of 6 items, most often unknown_customer \(3\), for example: nobody knows [def]/,
    );
    expect(advised(ended)).toEqual(["resume", "r", "--only=errors"]);
    await fix(project);
    expect((await project.run(advised(ended))).code).toBe(0);
  });

  test("after a budget says what was spent of which limit, and raises it, also for later resumes", async () => {
    const project = await makeProject();
    const ended = await start(project, "budget");
    expect(ended.code).toBe(75);
    expect(ended.stdout).toMatch(/budget +work: \$3\.00 of \$3\.00 spent/);
    expect(ended.stdout).toContain("a plain resume pauses again");
    expect((await project.run(["resume", "r"])).code).toBe(75);
    expect((await project.run(["resume", "r", "--budget=work=4"])).code).toBe(75);
    const again = await project.run(["resume", "r"]);
    expect(again.stdout).toMatch(/budget +work: \$4\.00 of \$4\.00 spent/);
    expect(advised(again)).toEqual(["resume", "r", "--budget=work=8"]);
    expect((await project.run(advised(again))).code).toBe(0);
  });

  test.each([
    [["--budget=wrk=4"], "Is work meant?"],
    [["--budget=work=-1"], "STAGE=USD is expected"],
    [["--budget=work"], "STAGE=USD is expected"],
    [["--budget=work=99999999"], "a number of dollars from 0 to"],
  ])("is not taken with a budget that cannot be meant: %j", async (flags, words) => {
    const project = await makeProject();
    await start(project, "budget");
    const ended = await project.run(["resume", "r", ...flags]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(words);
  });

  test("after too many errors goes on, and then does the failed ones again", async () => {
    const project = await makeProject();
    const ended = await start(project, "errors");
    expect([ended.code, ended.stdout]).toEqual([75, expect.stringContaining("correct the cause, then resume")]);
    await fix(project);
    const resumed = await project.run(advised(ended));
    expect(resumed.code).toBe(3);
    expect((await project.run(advised(resumed))).code).toBe(0);
  });

  test.each([
    ["auth", 75, "correct them, then resume"],
    ["rate", 75, "a resume before then may be refused again"],
  ] as const)(
    "after a pause of the outside (%s) says what must be changed first, then goes on",
    async (mode, code, first) => {
      const project = await makeProject();
      const ended = await start(project, mode);
      expect([ended.code, ended.stdout]).toEqual([code, expect.stringContaining(first)]);
      if (mode === "rate") expect(ended.stdout).toMatch(/resumes +by itself at .+ UTC, if a worker is running/);
      await fix(project);
      expect((await project.run(advised(ended))).code).toBe(0);
    },
  );

  test("after a stage that failed, or a person that failed it, tries it again", async () => {
    const project = await makeProject();
    expect((await start(project, "stage")).code).toBe(1);
    await fix(project);
    expect(await allAdvised(project)).toEqual(["holdfast logs r", "holdfast resume r"]);
    expect((await project.run(["resume", "r"])).code).toBe(0);
  });

  test("for a run that went through a stage, or was paused or failed by a person, goes on", async () => {
    const project = await makeProject();
    await fix(project);
    const through = await start(project, "items", "--through=work");
    expect(through.code).toBe(0);
    expect((await project.run(["fail", "r", "--reason=no"])).code).toBe(0);
    expect(await allAdvised(project)).toContain("holdfast resume r");
    expect((await project.run(["resume", "r", "--through=work"])).code).toBe(0);
    expect(await allAdvised(project)).toEqual(["holdfast resume r"]);
    expect((await project.run(["resume", "r"])).code).toBe(0);
  });

  test("for a run that waits is a worker, and for a cancelled one a restart", async () => {
    const project = await makeProject();
    await fix(project);
    await start(project, "items", "--detach");
    expect((await project.run(["cancel", "r"])).code).toBe(0);
    expect(await allAdvised(project)).toEqual(["holdfast restart r"]);
    expect((await project.run(["restart", "r"])).code).toBe(0);
    const [worker] = await allAdvised(project);
    expect(worker).toBe("holdfast worker --until-idle");
    await project.run(["worker", "--until-idle"]);
    expect((await project.json(["show", "r"])).status).toBe("completed");
  });

  test("for a completed run with failed items within its allowance does those again", async () => {
    const project = await makeProject();
    expect((await start(project, "allowed")).code).toBe(0);
    expect(await allAdvised(project)).toEqual(["holdfast resume r --only=errors", "holdfast artifacts r"]);
    await fix(project);
    expect((await project.run(["resume", "r", "--only=errors"])).code).toBe(0);
    expect((await project.json(["show", "r"])).progress.failed).toBe(0);
  });
});
