/** `db copy`: from a file to PostgreSQL and back, live runs included; interrupted, continued, refused. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineWorkflow, openHoldfast, type RunView } from "holdfast";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { waitFor } from "../chaos/harness/wait-for.js";
import { makeProject, type Project } from "../cli/harness.js";
import { ask, newSchema, problem, serverUrl, title } from "../postgres/world.js";

const postgresUrl = () => `${serverUrl()}?schema=${newSchema()}`;

/** Runs of every kind: done, failed, paused, queued, of a map with failures and costs, with a checkpoint, forked, audited, searched. */
const rich = defineWorkflow({
  name: "rich",
  input: z.object({ topic: z.string() }),
  search: ["topic"],
  stages: ["make", "items", "last"],
  async run({ input, stage, map }) {
    const text = await stage("make", async ({ checkpoint, artifact, log }) => {
      await checkpoint.save({ page: 3, name: "Ebbe – 潮 𝄞" });
      log("made");
      await artifact.write("note.txt", input.topic);
      if (input.topic === "bad") throw new Error("no such topic");
      return `${input.topic} – 潮 𝄞 ${"x".repeat(70_000)}`;
    });
    const items = Array.from({ length: 40 }, (_, at) => ({ id: `k-${at}` }));
    await map(
      "items",
      () => items,
      { key: "id", maxFailed: 5, attempts: 1 },
      (item, { spend }) =>
        spend(0.001, async () => {
          if (item.id === "k-7") throw new Error("no k-7");
          return { value: { half: 0.5, of: item.id }, usd: 0.0009 };
        }),
    );
    return stage("last", () => text.length);
  },
});

const open = (url: string, dataDir: string) => openHoldfast({ workflows: [rich], url, dataDir });

async function fill(url: string, dataDir: string): Promise<void> {
  await using holdfast = await open(url, dataDir);
  await holdfast.start(rich, { topic: "tides" }, { runId: "done", owner: "ann", idempotencyKey: "key-1" });
  await holdfast.start(rich, { topic: "bad" }, { runId: "failed" });
  await holdfast.start(rich, { topic: "ebbs" }, { runId: "parked", through: "make" });
  await holdfast.work({ untilIdle: true });
  await holdfast.start(rich, { topic: "later" }, { runId: "queued" });
  await holdfast.as({ id: "ann", via: "http", requestId: "r-1" }).runs.pause("queued", "not now");
  await holdfast.runs.fork("done", { from: "items", runId: "forked" });
  await holdfast.start(rich, { topic: "gone" }, { runId: "removed" });
  await holdfast.as({ id: "ann", via: "http", requestId: "r-2" }).runs.cancel("removed", "unwanted");
  await holdfast.runs.delete("removed", { reason: "unwanted" });
}

const copy = (project: Project, from: string, to: string) =>
  project.run(["db", "copy", from, to, "--json"], { env: { HOLDFAST_DATA_DIR: project.path("data") } });

describe.skipIf(problem !== null)(title("db copy"), () => {
  test("to PostgreSQL and back the store is the same, its runs go on there, and numbers go on behind those copied", async () => {
    const project = await makeProject();
    const [file, back, server] = [`sqlite:${project.path("a.db")}`, `sqlite:${project.path("b.db")}`, postgresUrl()];
    await fill(file, project.path("data"));
    const there = await copy(project, file, server);
    expect(there.stderr).toBe("");
    const first = JSON.parse(there.stdout);
    expect(first.rows).toMatchObject({ run: 5, item_result: 40, checkpoint: 3, artifact: 3, run_live: 3 });
    const returned = await copy(project, server, back);
    expect(returned.code).toBe(0);
    expect(JSON.parse(returned.stdout)).toMatchObject({ sha256: first.sha256, rows: first.rows, isContinued: false });
    for (const url of [file, server, back]) {
      const { code, stdout } = await project.run(["doctor"], {
        env: { HOLDFAST_URL: url, HOLDFAST_DATA_DIR: project.path("data") },
      });
      expect([url, code, stdout]).toEqual([url, 0, expect.stringContaining("No problems found")]);
    }
    const views: unknown[] = [];
    for (const url of [server, back]) {
      await using holdfast = await open(url, project.path("data"));
      const before = await holdfast.runs.get("done");
      views.push([before, await holdfast.runs.list({ fields: { topic: "tides" } }), await holdfast.management.stats()]);
      await holdfast.resume("parked");
      await holdfast.resume("queued");
      expect((await holdfast.start(rich, { topic: "tides" }, { owner: "ann", idempotencyKey: "key-1" })).id).toBe(
        "done",
      );
      await holdfast.start(rich, { topic: "new" }, { runId: "new" });
      await holdfast.work({ untilIdle: true });
      const statuses = await Promise.all(["parked", "queued", "forked", "new"].map((id) => holdfast.runs.get(id)));
      expect(statuses.map(({ status }) => status)).toEqual(["completed", "completed", "completed", "completed"]);
      expect((await holdfast.runs.get("parked")).stages[0]?.attempts).toHaveLength(1);
      const counts = (await holdfast.storage.facts()).runCounts;
      expect(counts).toMatchObject({ completed: 5, failed: 1 });
      expect((await holdfast.management.audit({ runId: "removed" })).rows.map(({ action }) => action)).toEqual([
        "delete",
        "cancel",
      ]);
    }
    const steady = (view: unknown) =>
      JSON.stringify(view).replace(/"(asOf|workers|lastScanAt|silentForMs)":[^,}]+/g, "");
    expect(steady((views[1] as unknown[])[0])).toBe(steady((views[0] as unknown[])[0]));
  });

  test("a run whose worker was killed goes on in the other store; while the worker lives, it is named and nothing is copied", async () => {
    const project = await makeProject();
    const file = `sqlite:${project.path("live.db")}`;
    const server = postgresUrl();
    const gate = project.path("gate");
    const env = { HOLDFAST_URL: file };
    await project.run(["start", "gated", `--gate=${gate}`, "--run-id=tides", "--detach"], { env });
    const worker = project.spawn(["worker", "--processes=1"], { env });
    const show = async (url: string): Promise<RunView> =>
      JSON.parse((await project.run(["show", "tides", "--json"], { env: { HOLDFAST_URL: url } })).stdout);
    await waitFor(
      async () => (await show(file)).stages.some(({ name, status }) => name === "hold" && status === "running"),
      {
        withinMs: 120_000,
        what: "the stage to begin",
      },
    );
    const refused = await copy(project, file, server);
    expect([refused.code, refused.stdout + refused.stderr]).toEqual([
      6,
      expect.stringContaining(`pid ${worker.child.pid}`),
    ]);
    worker.child.kill("SIGKILL");
    await worker.ended;
    // Its child may take a moment to notice.
    await waitFor(async () => (await copy(project, file, server)).code === 0, { withinMs: 60_000, what: "the copy" });
    writeFileSync(join(gate, "open"), "");
    const second = project.spawn(["worker", "--processes=1"], { env: { HOLDFAST_URL: server } });
    await waitFor(async () => (await show(server)).status === "completed", {
      withinMs: 120_000,
      what: "the run to end",
    });
    second.child.kill("SIGTERM");
    await second.ended;
    const { stages } = await show(server);
    expect(stages.map(({ name, attempts }) => [name, attempts.length])).toEqual([
      ["before", 1],
      ["hold", 2],
      ["after", 1],
    ]);
  });

  test("one that is killed at any page is finished by the next, and is whole", async () => {
    const project = await makeProject();
    const file = `sqlite:${project.path("killed.db")}`;
    await fill(file, project.path("data"));
    const whole = JSON.parse((await copy(project, file, postgresUrl())).stdout);
    for (const table of ["workflow", "event_row", "item_result", "audit"]) {
      const server = postgresUrl();
      const running = project.spawn(["db", "copy", file, server]);
      await running.says(new RegExp(`^${table}: .* copied`, "m"));
      running.child.kill("SIGKILL");
      await running.ended;
      const { code, stdout, stderr } = await copy(project, file, server);
      // It may have been through before the kill came: then there is nothing to finish.
      if (code === 0) expect(JSON.parse(stdout)).toMatchObject({ sha256: whole.sha256, isContinued: true });
      else expect([code, stderr + stdout]).toEqual([2, expect.stringContaining("not empty")]);
      const back = await copy(project, server, `sqlite:${project.path(`${table}.db`)}`);
      expect(JSON.parse(back.stdout).sha256).toBe(whole.sha256);
    }
  });

  test("one that was interrupted is continued; meanwhile its target opens for nothing else; a changed source is copied anew", async () => {
    const project = await makeProject();
    const [file, target] = [`sqlite:${project.path("big.db")}`, `sqlite:${project.path("copied.db")}`];
    const server = postgresUrl();
    const schema = new URL(server).searchParams.get("schema") ?? "";
    await fill(file, project.path("data"));
    const whole = JSON.parse((await copy(project, file, server)).stdout);
    // As a kill leaves it: a beginning of every table, the mark, and nothing of the last one.
    const mark = JSON.stringify(project.path("big.db"));
    await ask(`SET search_path = ${schema};
      INSERT INTO store_default (name, json) VALUES ('copying', '${mark}');
      DELETE FROM run_live; DELETE FROM event_row WHERE seq > 3; DELETE FROM item_result WHERE key > 'k-2';
      DELETE FROM audit; DELETE FROM run_field; DELETE FROM run_count`);
    const opened = await project.run(["runs"], { env: { HOLDFAST_URL: server } });
    expect([opened.code, opened.stderr]).toEqual([7, expect.stringMatching(/not finished.*db copy again/)]);
    const other = await copy(project, file, file.replace("big", "big"));
    expect(other.code).toBe(2);
    const continued = await copy(project, file, server);
    expect(JSON.parse(continued.stdout)).toMatchObject({ sha256: whole.sha256, rows: whole.rows, isContinued: true });

    // The source has gone on between the kill and the second copy.
    await copy(project, file, target);
    await ask(`SET search_path = ${schema}; INSERT INTO store_default (name, json) VALUES ('copying', '${mark}')`);
    {
      await using holdfast = await open(file, project.path("data"));
      await holdfast.runs.cancel("queued", "never mind");
    }
    const anew = JSON.parse((await copy(project, file, server)).stdout);
    expect(anew).toMatchObject({ isContinued: true });
    expect(anew.sha256).not.toBe(whole.sha256);
    const full = await copy(project, file, target);
    expect([full.code, full.stderr + full.stdout]).toEqual([2, expect.stringContaining("not empty")]);
    const nothing = await copy(project, `sqlite:${project.path("none.db")}`, postgresUrl());
    expect([nothing.code, nothing.stderr + nothing.stdout]).toEqual([2, expect.stringContaining("no store at")]);
  });
});
