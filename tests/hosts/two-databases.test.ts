/** The example of two databases with a router: customers are spread, each store works by itself, and one that is away takes only its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openRouter, report } from "../../examples/two-databases.js";
import { ask, newSchema, problem, serverUrl, title } from "../postgres/world.js";

describe.skipIf(problem !== null)(title("two databases with a router"), () => {
  test("customers are spread over both, runs are found in either, and the loss of one database leaves the other at work", async () => {
    const names = [`${newSchema()}_a`, `${newSchema()}_b`];
    for (const name of names) await ask(`CREATE DATABASE ${name}`);
    const dataDir = await mkdtemp(join(tmpdir(), "holdfast-two-"));
    onTestFinished(async () => {
      for (const name of names) await ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await rm(dataDir, { recursive: true, force: true });
    });
    const urls = names.map((name) => serverUrl().replace(/\/[^/?]*(\?|$)/, `/${name}$1`));
    await using router = await openRouter(urls, dataDir);
    const customers = Array.from({ length: 12 }, (_, at) => `customer-${at}`);
    for (const customer of customers)
      await router.of(customer).start(report, { topic: customer }, { runId: `of-${customer}` });
    await Promise.all(router.all.map((holdfast) => holdfast.work({ untilIdle: true })));
    const counts = await Promise.all(router.all.map(async ({ runs }) => (await runs.list()).rows.length));
    expect(counts.every((count) => count > 0)).toBe(true);
    expect(counts.reduce((sum, count) => sum + count)).toBe(12);
    for (const customer of customers) {
      const found = await router.find(`of-${customer}`);
      expect(found).toBe(router.of(customer));
      expect((await found?.runs.get(`of-${customer}`))?.output).toBe(`About ${customer}.`);
    }
    expect(await router.find("of-nobody")).toBeNull();
    expect(await router.newest(5)).toHaveLength(5);

    await ask(`DROP DATABASE ${names[1]} WITH (FORCE)`);
    const [near, far] = [0, 1].map((at) => customers.find((customer) => router.of(customer) === router.all[at]) ?? "");
    await router.of(near ?? "").start(report, { topic: "still" }, { runId: "still" });
    await router.of(near ?? "").work({ untilIdle: true });
    expect((await router.of(near ?? "").runs.get("still")).status).toBe("completed");
    const lost = router.of(far ?? "").start(report, { topic: "lost" });
    await expect(lost).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  });
});
