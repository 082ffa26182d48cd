/** What a process without a terminal cannot show: that on one, `cleanup` asks before it removes anything. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { defineWorkflow } from "@holdfast/engine";
import { expect, test } from "vitest";
import { z } from "zod";
import { openHoldfast } from "../../open.js";
import { runCommandLine } from "../command-line/main.js";

const brief = defineWorkflow({ name: "brief", input: z.object({}), run: () => "done" });

/** All that was written: from Node 26 on, a read answers with one piece of it. */
function textOf(stream: PassThrough): string {
  let text = "";
  for (let piece = stream.read(); piece !== null; piece = stream.read()) text += String(piece);
  return text;
}

/** A folder with one completed run, and the command in it, on a terminal on which `answer` is typed. */
async function makeTerminal() {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-cleanup-"));
  const dataDir = join(folder, ".holdfast");
  const holdfast = await openHoldfast({ dataDir, workflows: [brief] });
  await (await holdfast.startHere(brief, {}, { runId: "old" })).done;
  await holdfast.close();
  return async (answer: string, ...args: string[]) => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    Object.assign(stdin, { isTTY: true });
    stdin.end(answer);
    const host = { env: {}, cwd: () => folder, stdin, stdout, stderr } as unknown as NodeJS.Process;
    const code = await runCommandLine(["cleanup", "--days=0", ...args], host);
    return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
  };
}

test("cleanup shows on a terminal what would go, and removes it only when told to", async () => {
  const terminal = await makeTerminal();
  const refused = await terminal("n\n");
  expect([refused.code, refused.stdout]).toEqual([
    0,
    expect.stringMatching(/^Would remove 1 run and .*\n {2}brief: 1 completed\n$/),
  ]);
  expect(refused.stderr).toBe("Remove them with all their records and files? [y/N] Nothing was removed.\n");
  expect((await terminal("")).stderr).toContain("Nothing was removed.");
  const done = await terminal("y\n");
  expect([done.code, done.stdout]).toEqual([
    0,
    expect.stringMatching(/^Would remove 1 run[\s\S]*\nRemoved 1 run and /),
  ]);
  expect((await terminal("y\n")).stdout).toBe("Nothing to clean up\n");
});

test("cleanup does not ask with --yes, under --json, or for a plan that somebody has looked at", async () => {
  const flags = [() => ["--yes"], () => ["--json"], (planId: string) => [`--plan-id=${planId}`]];
  for (const flagsOf of flags) {
    const terminal = await makeTerminal();
    const { planId } = JSON.parse((await terminal("n\n", "--check-only", "--json")).stdout) as { planId: string };
    const done = await terminal("n\n", ...flagsOf(planId));
    expect([done.code, done.stdout]).toEqual([0, expect.not.stringContaining("Would remove")]);
    expect((await terminal("n\n", "--check-only")).stdout).toBe("Nothing to clean up\n");
  }
});
