/** The command over PostgreSQL in real processes: a holder that is killed and its run taken over; and what is wrong, said at once. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunView } from "holdfast";
import { describe, expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { makeProject } from "../cli/harness.js";
import { ask, newSchema, problem, serverUrl, title } from "./world.js";

const DEADLINE = { withinMs: 150_000 };

async function makeWorld() {
  const project = await makeProject();
  const schema = newSchema();
  const env = { HOLDFAST_URL: `${serverUrl()}?schema=${schema}` };
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await project.run([...args, "--json"], { env });
    if (code !== 0) throw new Error(`${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
    return JSON.parse(stdout) as RunView;
  };
  return { project, schema, env, run, worker: () => project.spawn(["worker", "--processes=1"], { env }) };
}

describe.skipIf(problem !== null)(title("over PostgreSQL"), () => {
  test("a run whose worker is killed goes on in another process; what was recorded is not done again", async () => {
    const { project, schema, env, run, worker } = await makeWorld();
    const gate = project.path("gate");
    await run("start", "gated", `--gate=${gate}`, "--run-id=tides", "--detach");
    const first = worker();
    const isHolding = async () =>
      (await run("show", "tides")).stages?.some(({ name, status }) => name === "hold" && status === "running");
    await waitFor(isHolding, { ...DEADLINE, what: "the stage to begin" });
    first.child.kill("SIGKILL");
    await first.ended;
    mkdirSync(gate, { recursive: true });
    writeFileSync(join(gate, "open"), "");
    const second = worker();
    await waitFor(async () => (await run("show", "tides")).status === "completed", {
      ...DEADLINE,
      what: "the run to end",
    });
    second.child.kill("SIGTERM");
    expect((await second.ended).code).toBe(75);
    const { rows } = await ask(
      `SELECT stage, attempt, status, is_record FROM ${schema}.attempt_row ORDER BY start_seq`,
    );
    expect(rows.map(({ stage, attempt, status, is_record }) => [stage, Number(attempt), status, is_record])).toEqual([
      ["before", 1, "completed", 1],
      ["hold", 1, "interrupted", 0],
      ["hold", 2, "completed", 1],
      ["after", 1, "completed", 1],
    ]);
    const events = await ask(`SELECT seq FROM ${schema}.event_row ORDER BY seq`);
    expect(events.rows.map(({ seq }) => Number(seq))).toEqual(events.rows.map((_, place) => place + 1));
    expect((await project.run(["doctor"], { env })).code).toBe(0);
  });

  test("a wrong password, database, port or host is told in a line, with exit code 7 and never the password", async () => {
    const { project } = await makeWorld();
    const server = new URL(serverUrl());
    const wrong: readonly Partial<Pick<URL, "pathname" | "port" | "username">>[] = [
      { pathname: "/no_such_database" },
      { port: "1" },
      { username: "no_such_user" },
    ];
    for (const change of wrong) {
      const url = Object.assign(new URL(server), { password: "s3cret", ...change });
      const { code, stderr } = await project.run(["runs"], { env: { HOLDFAST_URL: url.href } });
      expect(stderr).not.toContain("s3cret");
      expect([code, stderr.split("\n")[0]]).toEqual([7, expect.stringContaining(`postgres://${server.hostname}`)]);
    }
  });
});
