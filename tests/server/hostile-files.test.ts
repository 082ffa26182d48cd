/**
 * Files that are small and cost much, given to a server whose worker runs in its own process, which is the worst place for
 * them: whatever a file does to its reader, others are answered, and the process does not grow by what the file unpacks to.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type HoldfastServer } from "@holdfast/server";
import { type Holdfast, openHoldfast } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkbook } from "../../packages/engine/src/dataset/files/workbook.fixture.ts";
import { leadQualification } from "../../workloads/lead-qualification/dist/index.js";
import { marketResearch } from "../../workloads/market-research/dist/index.js";
import { makePdfBomb } from "../../workloads/market-research/src/sources/pdf-bomb.fixture.ts";

const MB = 1024 ** 2;

let folder: string;
let holdfast: Holdfast;
let server: HoldfastServer;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-hostile-"));
  const leads = leadQualification();
  const research = marketResearch({ sourceLimits: { memoryMbMax: 192, timeMsMax: 20_000 } });
  holdfast = await openHoldfast({ dataDir: join(folder, "data"), workflows: [leads, research] });
  await holdfast.startWorker();
  server = await createServer(holdfast, { port: 0, logLevel: "error", inputFolders: [folder] });
  ({ url } = await server.listen());
});
afterAll(async () => {
  await server.close();
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

/** Asks the server how it is, over and over, until the work is done. */
async function beside<T>(work: Promise<T>): Promise<{ result: T; slowestMs: number; asked: number; grownMb: number }> {
  const before = process.memoryUsage.rss();
  let isDone = false;
  let slowestMs = 0;
  let asked = 0;
  let most = before;
  const asking = (async () => {
    while (!isDone) {
      const from = performance.now();
      const { status } = await fetch(`${url}/healthz`);
      expect(status).toBe(200);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      most = Math.max(most, process.memoryUsage.rss());
      asked++;
    }
  })();
  const result = await work.finally(() => {
    isDone = true;
  });
  await asking;
  return { result, slowestMs, asked, grownMb: (most - before) / MB };
}

async function endOf(workflow: string, input: object): Promise<string> {
  const run = await holdfast.startByName(workflow, input);
  return run.result().then(
    () => "completed",
    (error: Error) => error.message,
  );
}

const PROFILE = "name: x\ncriteria:\n  size: { kind: range, field: employees, min: 1 }\n";

test("a PDF that unpacks to 360 MB and a page of 200,000 levels hold up nobody", async () => {
  await writeFile(join(folder, "bomb.pdf"), await makePdfBomb(360));
  await writeFile(join(folder, "deep.html"), "<div>".repeat(200_000));
  const research = (name: string) =>
    endOf("market-research", { country: "Norway", industry: "energy", sources: join(folder, name) });
  const { result, slowestMs, asked, grownMb } = await beside(
    Promise.all([research("bomb.pdf"), research("deep.html")]),
  );
  expect(result[0]).toContain("bomb.pdf: reading it needs more than the 192 MB of memory it may take");
  expect(result[1]).toContain("deep.html: the elements of the page lie deeper within each other than 512 levels");
  expect(asked).toBeGreaterThan(10);
  // 200 s before; loaded machines are some ten times as slow as quiet ones, which take 30 ms.
  expect(slowestMs).toBeLessThan(2_000);
  expect(grownMb).toBeLessThan(200);
});

test("a workbook of 1 MB that unpacks to 400 MB, and a table whose quote is never closed, hold up nobody", async () => {
  const rows = '<row><c t="inlineStr"><is><t>a.example</t></is></c></row>'.repeat(100_000);
  const head = '<row><c t="inlineStr"><is><t>domain</t></is></c></row>';
  const sheets = [
    { name: "S", rows: `${head}<row><c t="inlineStr"><is><t>${"y".repeat(400 * MB - rows.length)}</t></is></c></row>` },
  ];
  await writeFile(join(folder, "bomb.xlsx"), makeWorkbook({ sheets }));
  await writeFile(join(folder, "quote.csv"), `domain,employees\na.example,"${`${'""'.repeat(50)}\n`.repeat(175_000)}`);
  const icp = { name: "x", criteria: { size: { kind: "range", field: "employees", min: 1 } } };
  const leads = (name: string) => endOf("lead-qualification", { prospects: join(folder, name), icp });
  const { result, slowestMs, grownMb } = await beside(Promise.all([leads("bomb.xlsx"), leads("quote.csv")]));
  expect(result[0]).toMatch(/bomb\.xlsx: the part xl\/worksheets\/sheet1\.xml would unpack from 0\.\d MB to 39\d MB/);
  expect(result[1]).toContain("quote.csv, row 2: the quote opened on line 2 is");
  expect(slowestMs).toBeLessThan(2_000);
  expect(grownMb).toBeLessThan(400);
});

test("settings that are nested without end, or unfold without end, are refused before a run exists", async () => {
  const laughs = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const [at, name] of [..."bcdefghi"].entries())
    laughs.push(`${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`)}]`);
  const files = {
    "deep.yaml": "[".repeat(200_000),
    "dashes.yaml": "- ".repeat(100_000),
    "laughs.yaml": laughs.join("\n"),
    "many.yaml": Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join("\n"),
    "several.yaml": `${PROFILE}---\n${PROFILE}`,
  };
  await writeFile(join(folder, "p.csv"), "domain,employees\na.example,10\n");
  const refusals: string[] = [];
  const { slowestMs } = await beside(
    (async () => {
      for (const [name, text] of Object.entries(files)) {
        await writeFile(join(folder, name), text);
        refusals.push(
          await endOf("lead-qualification", { prospects: join(folder, "p.csv"), icp: join(folder, name) }).catch(
            (error: Error) => error.message,
          ),
        );
      }
    })(),
  );
  expect(refusals[0]).toMatch(/deep\.yaml:1: .*nested deeper than 100 levels.*Reduce the nesting/i);
  expect(refusals[1]).toMatch(/dashes\.yaml:1: .*nested deeper than 100 levels/);
  expect(refusals[2]).toMatch(/laughs\.yaml:1: .*aliases expand to more than 100 times/);
  expect(refusals[3]).toMatch(/many\.yaml:\d+: .*more than 30000 words and symbols/);
  expect(refusals[4]).toMatch(/several\.yaml:\d+: .*the file contains several documents.*keep one document/);
  expect(slowestMs).toBeLessThan(2_000);
});
