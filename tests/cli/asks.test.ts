/** Questions and signals by command: a run whose process is killed while it waits goes on with what came meanwhile, once. */
import { expect, test } from "vitest";
import { makeProject, type Problem } from "./harness.js";

test("a question is answered and a signal sent while the run's process is dead; a worker then continues the run", async () => {
  const project = await makeProject();
  const left = project.spawn(["start", "approval", "--run-id=one"]);
  await left.says(/waits/);
  left.child.kill("SIGKILL");
  await left.ended;
  // Killed before its report, the run is another worker's to park.
  await project.run(["worker", "--until-idle"]);
  const listed = await project.run(["asks"]);
  expect(listed.stdout).toMatch(
    /^Publish the report\?\n {2}run +one \(approval\)\n {2}asked .* ago, until .* UTC\n {2}answer +holdfast answer one publish --publish=… \[--copies=…\]\n/,
  );
  const refused: readonly (readonly [readonly string[], number, string])[] = [
    [["answer", "one", "publish", "--publish=perhaps"], 2, "BAD_INPUT"],
    [["answer", "one", "publish", "--copies=1"], 2, "BAD_INPUT"],
    [["answer", "one", "publish", "--publish", "--copies=0"], 2, "BAD_INPUT"],
    [["answer", "one", "publish", "--data={"], 2, "WRONG_USE"],
    [["answer", "one", "print", "--publish"], 5, "QUESTION_NOT_FOUND"],
    [["answer", "two", "publish", "--publish"], 5, "RUN_NOT_FOUND"],
    [["signal", "one", "payd", "--data={}"], 5, "UNKNOWN_SIGNAL"],
    [["signal", "one", "paid", "--data=[]"], 2, "BAD_INPUT"],
    [["signal", "one", "paid", "--data=@none.json"], 2, "WRONG_USE"],
  ];
  for (const [words, code, name] of refused) {
    const ended = await project.run([...words, "--json"]);
    const problem = JSON.parse(ended.stdout || ended.stderr) as Problem;
    expect([words.join(" "), ended.code, problem.code]).toEqual([words.join(" "), code, name]);
  }
  await project.write("paid.json", '{ "cents": 4900 }');
  const send = ["signal", "one", "paid", "--data=@paid.json", "--id=evt-1"];
  expect((await project.run(send)).stdout).toMatch(/^Signal paid to run one: kept for the next wait of its name\n/);
  expect((await project.run(send)).stdout).toMatch(/kept/);
  const answered = await project.run(["answer", "one", "publish", "--publish", "--copies=3", "--note=read twice"]);
  expect([answered.code, answered.stdout]).toEqual([0, "Answered publish of run one\n  next  holdfast watch one\n"]);
  const again = await project.run(["answer", "one", "publish", "--no-publish"]);
  expect(again.code).toBe(6);
  expect(again.stderr).toMatch(/Question publish of run one was answered by .* at \d{4}-/);
  expect((await project.run(["worker", "--until-idle"])).code).toBe(0);
  expect(await project.json(["show", "one"])).toMatchObject({
    status: "completed",
    output: { publish: true, copies: 3, cents: 4900 },
  });
  expect((await project.run(send)).stdout).toMatch(/taken by its wait/);
  expect((await project.run(["signal", "one", "paid", "--data=@paid.json"])).code).toBe(6);
  expect((await project.run(["asks"])).stderr).toMatch(/No open questions\./);
  const logs = await project.run(["logs", "one"]);
  expect(logs.stdout).toMatch(/question publish answered by .*: read twice/);
  expect(logs.stdout.match(/took signal paid/g)).toHaveLength(1);
  const audit = await project.json<{ rows: readonly { action: string; reason: string | null }[] }>(["audit"]);
  expect(audit.rows.slice(0, 2).map(({ action, reason }) => [action, reason])).toEqual([
    ["answer", "publish: read twice"],
    ["signal", "paid"],
  ]);
});
