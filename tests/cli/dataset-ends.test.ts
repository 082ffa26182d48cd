/** `datasets delete`, `datasets erase` and `db compact` as an operator runs them: the preview, the act, and what is told. */
import { statSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { killRun, makeProject, type Project } from "./harness.js";

const ANNA = "anna@example.org";
const BOB = "bob@example.org";

let project: Project;
beforeEach(async () => {
  project = await makeProject();
  await project.write("people.csv", `id,city\n${ANNA},Oslo\n${BOB},Bergen\n`);
  await project.run(["datasets", "ingest", "people.csv", "--key=id"]);
});

/** Datasets as `datasets --json` prints them. */
const list = () => project.json<readonly unknown[]>(["datasets"]);

test("datasets delete shows first what would go, removes it, and then knows it no more", async () => {
  const preview = await project.run(["datasets", "delete", "people", "--check-only"]);
  expect(preview).toMatchObject({ code: 8, stdout: "Would delete dataset people, version 1: 2 rows\n" });
  expect(await list()).toHaveLength(1);

  const deleted = await project.run(["datasets", "delete", "people", "--yes"]);
  expect(deleted).toMatchObject({ code: 0, stdout: "Deleted dataset people, version 1: 2 rows\n" });
  expect(await list()).toEqual([]);
  expect((await project.run(["datasets", "delete", "people", "--yes"])).code).toBe(5);
});

test("datasets erase takes a key's row out for good and never prints the key", async () => {
  const preview = await project.run(["datasets", "erase", "people", ANNA, "--check-only"]);
  expect(preview.code).toBe(8);
  expect(preview.stdout).toMatch(/^Would erase 1 key of dataset people: 1 row, .*\n {2}May still hold a key:\n/);
  expect(preview.stdout).toContain("people.csv; its rows with these keys are skipped from now on");

  const erased = await project.run(["datasets", "erase", "people", ANNA, "--reason=letter of May 3", "--yes"]);
  expect(erased).toMatchObject({ code: 0, stderr: "" });
  expect(erased.stdout).toMatch(/^Erased 1 key of dataset people: 1 row, /);
  const again = await project.json<{ rows: number; erasedBefore: number }>(["datasets", "erase", "people", ANNA]);
  expect(again).toMatchObject({ rows: 0, erasedBefore: 1 });

  // The file still has the row, which is passed over; the audit names neither of them.
  await project.run(["datasets", "ingest", "people.csv", "--key=id"]);
  const audit = await project.run(["audit", "--json"]);
  expect(audit.stdout).toContain("letter of May 3");
  for (const { stdout, stderr } of [preview, erased, audit]) expect(stdout + stderr).not.toContain(ANNA);
});

test("datasets erase takes keys from a file, one a line", async () => {
  const keys = await project.write("keys.txt", `${ANNA}\n${BOB}\n`);
  const erased = await project.run(["datasets", "erase", "people", `--keys-from=${keys}`, "--yes"]);
  expect(erased.stdout).toMatch(/^Erased 2 keys of dataset people: 2 rows, /);
});

test("db compact gives back the room of what was deleted, and is refused while a run is held", async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `person-${i}@example.org,${"x".repeat(80)}`);
  await project.write("many.csv", ["id,city", ...rows, ""].join("\n"));
  await project.run(["datasets", "ingest", "many.csv", "--key=id"]);
  await project.run(["datasets", "delete", "many", "--yes"]);
  const sizeOfStore = () => statSync(project.path(".holdfast/holdfast.db")).size;
  const before = sizeOfStore();

  const report = await project.json<{ beforeBytes: number; afterBytes: number; isLogEmpty: boolean }>([
    "db",
    "compact",
  ]);
  expect(report).toMatchObject({ afterBytes: sizeOfStore(), isLogEmpty: true });
  expect(report.afterBytes).toBeLessThan(before / 2);
  expect(report.beforeBytes).toBeGreaterThan(report.afterBytes);

  await killRun(project, "held");
  const refused = await project.run(["db", "compact"]);
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain("held");
});
