/** Complete jobs over folders of documents, in this process. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { finished } from "node:stream/promises";
import { openHoldfast } from "holdfast";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { analysisJob } from "./workflow.js";

/** The long form: 100 MB and 5,000 documents, as users may have them. */
const isLong = process.env.LONG === "1";
const MB = 1024 ** 2;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "analysis-documents-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function documents(name: string, files: Record<string, string | Buffer>): Promise<string> {
  const root = path.join(folder, name);
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), content);
  }
  return root;
}

async function analyze(input: Record<string, unknown>) {
  const dataDir = await mkdtemp(path.join(tmpdir(), "analysis-"));
  const holdfast = await openHoldfast({ dataDir, workflows: [analysisJob] });
  onTestFinished(async () => {
    await holdfast.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const end = await holdfast.run(analysisJob, input as never);
  if (end.status !== "completed") throw new Error(`${end.status}: ${end.error?.message ?? end.reason}`);
  const { runId } = end;
  const artifact = (name: string) =>
    readFile(path.join(dataDir, "runs", runId, "stages", "report", "attempt-1", name), "utf8");
  return { ...end.output, artifact };
}

test("every usable document is counted, and every other one is named with its reason", async () => {
  const root = await documents("mixed", {
    "1901 speech.txt": "The Harbor Commission praised the good work. War is terrible.",
    "1950.md": Buffer.from("\ufeffThe Harbor Commission feared another war.", "utf16le"),
    "latin.txt": Buffer.from("Caf\u00e9 and caf\u00e9 in Troms\u00f8", "latin1"),
    "page.html": "<h1>Title</h1><p>A page about the harbor.</p><script>war()</script>",
    "empty.txt": "",
    "blank.txt": " \n\t\n",
    "numbers.csv": "1,2,3\n4,5,6\n",
    "picture.png": "png",
    "program.txt": Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 7) % 256)),
    "broken.pdf": "%PDF-1.4 nothing",
    ".hidden.txt": "hidden",
  });
  const { documents: count, leftOut, terms, names, tone, periods, view, artifact } = await analyze({ documents: root });
  expect(count).toBe(4);
  expect(Object.fromEntries(leftOut.map(({ name, reason }) => [name, reason]))).toEqual({
    ".hidden.txt": "hidden: its name begins with a dot",
    "empty.txt": "it is empty",
    "picture.png": expect.stringContaining("unsupported format (.png)"),
    "blank.txt": "it holds no word",
    "numbers.csv": "it holds no word",
    "program.txt": expect.stringContaining("it is no text"),
    "broken.pdf": expect.stringContaining("damaged or cut off"),
  });
  expect(terms[0]).toMatchObject({ term: "harbor", count: 3, documents: 3 });
  expect(terms.find(({ term }) => term === "café")).toMatchObject({ count: 2, documents: 1 });
  expect(names[0]).toMatchObject({ name: "Harbor Commission", count: 2, documents: 2 });
  expect(periods?.map(({ label, documents: of }) => [label, of])).toEqual([
    ["to 1901", 1],
    ["from 1950", 1],
  ]);
  expect(tone.overTime.map(({ date }) => date)).toEqual(["1901", "1950"]);
  expect(view.map(({ shape }) => shape)).toEqual([
    "headline",
    "terms",
    "table",
    "table",
    "series",
    "quotes",
    "table",
    "notes",
  ]);
  expect((await artifact("documents.csv")).split("\r\n")).toContain("empty.txt,,,,,,,it is empty");
  expect(await artifact("terms.csv")).toContain("harbor,3,3,");
});

test("a folder that does not exist, or has nothing to count, is refused when the job starts", async () => {
  await expect(analyze({ documents: path.join(folder, "nowhere") })).rejects.toThrow(/no such file or folder/);
  await expect(analyze({ documents: await documents("useless", { "a.png": "x" }) })).rejects.toThrow(
    /none of the files can be used: a\.png/,
  );
});

test("words can be left out, and files with the same name are distinguished", async () => {
  const root = await documents("twice", { "a/notes.txt": "Harbor and ferry.", "b/notes.txt": "Harbor and quay." });
  const files = ["a", "b"].map((one) => path.join(root, one, "notes.txt"));
  const { terms, documents: count } = await analyze({ documents: files, ignore: ["Ferry"] });
  expect([count, terms.map(({ term }) => term)]).toEqual([2, ["harbor", "quay"]]);
});

const HUGE_MB = isLong ? 100 : 12;
test(`a document of ${HUGE_MB} MB is streamed: memory does not grow with it`, { timeout: 600_000 }, async () => {
  const root = await documents("huge", {});
  await mkdir(root, { recursive: true });
  const file = path.join(root, "huge.txt");
  const stream = createWriteStream(file);
  // Every line has a unique word: the counts must not grow without bound either.
  const line = (at: number) =>
    `The Harbor Commission met in word${at.toString(36)} and praised the good work of its members that year.\n`;
  for (let at = 0, bytes = 0; bytes < HUGE_MB * MB; at++) {
    const text = line(at);
    bytes += text.length;
    if (!stream.write(text)) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
  const before = Math.max(process.memoryUsage().rss, process.resourceUsage().maxRSS * 1024);
  const { words, terms } = await analyze({ documents: root, topTerms: 5 });
  const grown = process.resourceUsage().maxRSS * 1024 - before;
  expect(words).toBeGreaterThan(HUGE_MB * 150_000);
  expect(terms.map(({ term }) => term)).toContain("harbor");
  expect(grown / MB).toBeLessThan(400);
});

const MANY = isLong ? 5_000 : 300;
test(`${MANY} documents are ${MANY} items, each measured once`, { timeout: 600_000 }, async () => {
  const files = Object.fromEntries(
    Array.from({ length: MANY }, (_, at) => [
      `${1700 + (at % 300)} letter ${at}.txt`,
      `Letter ${at} speaks of the harbor and of ferry word${at}.`,
    ]),
  );
  const journal = path.join(folder, "journal.jsonl");
  const { documents: count, terms, tone } = await analyze({ documents: await documents("many", files), journal });
  expect([count, terms[0]?.count, tone.overTime.length]).toEqual([MANY, MANY, Math.min(MANY, 300)]);
  const lines = (await readFile(journal, "utf8")).trimEnd().split("\n");
  expect(lines).toHaveLength(MANY * 2);
});
