/** A prospect list with the command: what the final output says, where the ranking is, and a list that was uploaded. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { UploadStore } from "@holdfast/engine";
import { expect, test } from "vitest";
import { makeProject } from "./harness.js";

const env = { HOLDFAST_CONFIG: fileURLToPath(new URL("../../holdfast.config.ts", import.meta.url)) };
const LIST = "Website;Account Name;Land;Kopfzahl\na.example;Jäger & Søn;Deutschland;50\nb.example;Fisk;Norge;500\n";
const PROFILE = `name: sales
tiers: { A: 75, B: 25 }
criteria:
  where: { kind: country, anyOf: [Germany, Norway] }
  size: { kind: range, field: employees, min: 10, max: 100 }
`;

test("the final output of a start names the files and the tiers; --out writes the ranking to the given path", async () => {
  const project = await makeProject();
  await project.write("list.csv", Buffer.from(LIST, "latin1"));
  await project.write("icp.yaml", PROFILE);
  const asked = [
    "start",
    "lead-qualification",
    `--prospects=${project.path("list.csv")}`,
    `--icp=${project.path("icp.yaml")}`,
    `--out=${project.path("ranking.csv")}`,
  ];
  const { code, stdout } = await project.run([...asked, "--columns.employees=Kopfzahl", "--run-id=sales"], { env });
  expect(stdout).toMatch(/tiers +A 1 · B 1 · below 0 · disqualified 0 · failed 0/);
  const folder = project.path(".holdfast/runs/sales/stages/export/attempt-1");
  for (const name of ["ranked.csv", "ranked.xlsx", "ranked.json"])
    expect(stdout).toMatch(new RegExp(`file +.*${name}`));
  expect(code).toBe(0);
  const own = await readFile(project.path("ranking.csv"), "utf8");
  expect(own).toBe(await readFile(`${folder}/ranked.csv`, "utf8"));
  expect(own.split("\r\n")[1]).toMatch(/^1,a\.example,Jäger & Søn,A,100,.*,a\.example,Jäger & Søn,Deutschland,50$/);
});

test("a missing list is reported before a run exists; an uploaded one is named by its id", async () => {
  const project = await makeProject();
  await project.write("icp.yaml", PROFILE);
  const start = (prospects: string) =>
    project.run(
      [
        "start",
        "lead-qualification",
        `--prospects=${prospects}`,
        `--icp=${project.path("icp.yaml")}`,
        "--columns.employees=Kopfzahl",
      ],
      { env },
    );
  const gone = await start(project.path("gone.csv"));
  expect(gone.code).toBe(2);
  expect(gone.stderr).toMatch(/prospects: .*gone\.csv: there is no such file/);
  const none = await start(`upload:${"0".repeat(32)}`);
  expect(none.code).toBe(2);
  expect(none.stderr).toMatch(/there is no upload/);
  const uploads = new UploadStore(project.path(".holdfast"), () => Date.now());
  const content = (async function* () {
    yield Buffer.from(LIST);
  })();
  const limits = { bytesMax: 1_000, ownerBytesMax: 1_000 };
  const { upload } = await uploads.receive(content, { owner: "ann", name: "sent.csv" }, limits);
  const { code, stdout } = await start(`upload:${upload.id}`);
  expect(stdout).toMatch(/tiers +A 1 · B 1/);
  expect(code).toBe(0);
  expect(await project.json<{ rows: unknown[] }>(["runs"])).toMatchObject({
    rows: [{ workflow: "lead-qualification" }],
  });
});
