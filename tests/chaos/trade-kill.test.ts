/**
 * A trade job killed with SIGKILL at random instants, in its sweep and in its comparison with chance, and resumed each
 * time: no pair is computed twice, no draw is repeated once it was saved, and the result equals that of an
 * uninterrupted run byte for byte.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SeededRandom } from "@holdfast/testkit";
import { expect, test } from "vitest";
import { makeProject } from "../cli/harness.js";
import { seed, times } from "./harness/form.js";

const KILLS = times(3, 60);
const env = { HOLDFAST_CONFIG: fileURLToPath(new URL("../../holdfast.config.ts", import.meta.url)) };
/** 900 pairs over 39 years: seconds of work, in some 20 commits and 9 checkpoints. */
const span = (from: number, to: number) => JSON.stringify(Array.from({ length: to - from }, (_, at) => from + at));
const ARGS = ["start", "trade", `--fast=${span(1, 16)}`, `--slow=${span(60, 120)}`, "--draws=200"];

interface Ended {
  readonly output: Record<string, unknown>;
}

/** The part that must be equal: everything except the names of the runs and what is derived from them. */
const withoutNames = (output: unknown) =>
  JSON.stringify(output).replaceAll(/"(?:runId|digest|attempt)":(?:"[^"]*"|\d+),?/g, "");

test(`${KILLS} kills at random instants: no pair is computed twice, and the result is byte for byte the same`, async () => {
  const project = await makeProject();
  // In processes of their own: what is compared is what the command gives.
  const run = (args: readonly string[]) => project.run(args, { env, isApart: true });
  const show = async (id: string) => JSON.parse((await run(["show", id, "--json"])).stdout) as Ended;
  expect((await run([...ARGS, "--run-id=whole"])).code).toBe(0);
  const expected = withoutNames((await show("whole")).output);
  const random = new SeededRandom(seed);
  /** What was recorded at the kills of a run: each key with the time at which it was computed. */
  const recorded = new Map<string, string>();
  let goneOn = 0;
  const items = async (id: string) => {
    const { code, stdout } = await run(["export", id, "--stage=sweep", "--format=jsonl"]);
    const lines = code === 0 ? stdout.split("\n").filter((line) => line.startsWith("{")) : [];
    return lines.map(
      (line) => JSON.parse(line) as { key: string; startedAt: number; finishedAt: number; attempts: number },
    );
  };
  for (let kills = 0, round = 1; kills < KILLS; round++) {
    const id = `r${round}`;
    for (let start = 0; kills < KILLS; start++) {
      const isInSweep = random.chance(0.6);
      const running = project.spawn(start === 0 ? [...ARGS, `--run-id=${id}`] : ["resume", id], { env });
      await Promise.race([running.says(isInSweep ? /stage sweep/ : /stage judge/), running.ended]).catch(
        () => undefined,
      );
      // Not a wait for a condition, but the random instant itself.
      await Promise.race([pause(random.int(0, 500)), running.ended]);
      running.child.kill("SIGKILL");
      if ((await running.ended).signal !== "SIGKILL") break;
      kills++;
      for (const { key, startedAt, finishedAt } of await items(id)) {
        const when = `${startedAt} ${finishedAt}`;
        expect(recorded.get(key) ?? when, `seed ${seed}, ${id}: ${key} was computed again`).toBe(when);
        recorded.set(key, when);
      }
    }
    await run(["resume", id]);
    const all = await items(id);
    expect(all).toHaveLength(900);
    for (const { key, startedAt, finishedAt } of all) {
      const when = `${startedAt} ${finishedAt}`;
      expect(recorded.get(key) ?? when, `seed ${seed}, ${id}: ${key} was computed again`).toBe(when);
    }
    recorded.clear();
    goneOn += (await run(["logs", id])).stdout.match(/goes on after \d+ of 900 pairs/g)?.length ?? 0;
    expect(withoutNames((await show(id)).output), `seed ${seed}, ${id}`).toBe(expected);
    for (const file of ["equity.csv", "pairs.csv", "summary.md"]) {
      const of = (name: string) => project.path(`.holdfast/runs/${name}/stages/report`);
      const [a, b] = await Promise.all([whereIs(of("whole"), file), whereIs(of(id), file)]);
      expect(b, `seed ${seed}, ${id}: ${file}`).toBe(a);
    }
  }
  console.log(
    `trade: ${KILLS} kills, seed ${seed}; the comparison with chance went on from its checkpoint ${goneOn} times`,
  );
}, 600_000);

/** The file of the attempt that completed. */
async function whereIs(folder: string, file: string): Promise<string> {
  for (let attempt = 5; attempt > 0; attempt--) {
    const text = await readFile(`${folder}/attempt-${attempt}/${file}`, "utf8").catch(() => null);
    if (text !== null) return text;
  }
  throw new Error(`${folder}: no attempt wrote ${file}`);
}
