/** Small files that cost much: each is refused with its limit and a remedy, without blocking anything else. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { listSources, SOURCE_LIMITS } from "@holdfast/workload-kit/sources";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findCountry } from "../country/country.js";
import { gatherResearch } from "../research.js";
import { makePdfBomb } from "./pdf-bomb.fixture.js";

const MB = 1024 ** 2;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hostile-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Buffer) => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};

interface Refused {
  readonly message: string;
  readonly loopMsMax: number;
  readonly grownMb: number;
}

/** Measures a refusal: the error, how long the event loop was blocked, and how much memory this process took. */
async function refusalOf(file: string, limits = { memoryMbMax: 128, timeMsMax: 120_000 }): Promise<Refused> {
  const country = findCountry("Norway");
  if (country === null) throw new Error("Norway is a country");
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const before = process.memoryUsage.rss();
  delay.enable();
  const question = { country, industry: "energy", clientContext: "" };
  const thrown = await gatherResearch(question, listSources(file), { limits }).then(
    () => new Error("it was read"),
    (error: Error) => error,
  );
  delay.disable();
  return {
    message: thrown.message,
    loopMsMax: delay.max / 1e6,
    grownMb: (process.memoryUsage.rss() - before) / MB,
  };
}

describe("a small but costly file", () => {
  test("a PDF of under 1 MB that unpacks to 360 MB ends its own process at the memory limit", async () => {
    const pdf = await makePdfBomb(360);
    expect(pdf.length).toBeLessThan(MB);
    const file = put("bomb.pdf", pdf);
    const { message, loopMsMax, grownMb } = await refusalOf(file);
    expect(message).toContain(`Source ${file}: reading it needs more than the 128 MB of memory it may take.`);
    expect(message).toContain("raise sourceLimits of marketResearch()");
    // A reader in this process would block for minutes, and hold everything it unpacks.
    expect(loopMsMax).toBeLessThan(2_000);
    expect(grownMb).toBeLessThan(100);
  });

  test("a page of 1 MB of nested elements is refused by its depth before it is parsed", async () => {
    const file = put("deep.html", `<html>\n${"<div>".repeat(200_000)}x`);
    const { message, loopMsMax } = await refusalOf(file);
    expect(message).toContain(
      `Source ${file}: the elements of the page lie deeper within each other than 512 levels (line 2).`,
    );
    expect(loopMsMax).toBeLessThan(2_000);
  });

  test("a file that takes too long is stopped at the time limit, which the message names", async () => {
    // Only a parser sees its depth: for a browser each `<li>` ends the previous one, but not for the parser.
    const file = put("items.html", "<li><p>".repeat(150_000));
    const { message, loopMsMax } = await refusalOf(file, { memoryMbMax: 512, timeMsMax: 2_000 });
    expect(message).toContain(`Source ${file}: reading it takes longer than the 2 s it may take.`);
    expect(loopMsMax).toBeLessThan(2_000);
  });

  test("text that would make a pattern look ahead endlessly is read like other text", async () => {
    const line = "The grid of Norway is operated by a company of the state.";
    const file = put(
      "marks.md",
      `${line}\n\n${"[".repeat(200_000)}\n\n${"[a](".repeat(50_000)}\n\n${"**a".repeat(60_000)}`,
    );
    expect((await refusalOf(file, SOURCE_LIMITS)).message).toBe("it was read");
  });
});

test("a stopped run does not wait for a file", async () => {
  const file = put("slow.html", "<li><p>".repeat(150_000));
  const country = findCountry("Norway");
  if (country === null) throw new Error("Norway is a country");
  const question = { country, industry: "energy", clientContext: "" };
  const stop = new AbortController();
  const reading = gatherResearch(question, listSources(file), { signal: stop.signal });
  stop.abort(new Error("paused"));
  await expect(reading).rejects.toThrow("paused");
});

describe("problems are worded for the person who supplied the file", () => {
  test.each([
    ["latin.txt", Buffer.from([0xe5, 0x20, 0x41]), "the text is not UTF-8. Save the file as UTF-8 text"],
    ["rows.csv", "a,b\n1,2,3\n", "line 2: the row has more or fewer cells than the header."],
    ["quote.csv", 'a,b\n1,"2\n', "a quote is opened and never closed."],
    ["inside.csv", 'a,b\n1,x"2"\n', "line 2: a quote stands inside a cell that does not begin with one."],
    ["after.csv", 'a,b\n1,"2"x\n', "line 2: text follows the closing quote of a cell."],
    ["cut.pdf", "%PDF-1.4 nothing", "the PDF is damaged or cut off."],
  ])("%s", async (name, content, words) => {
    const file = put(name, content);
    expect((await refusalOf(file)).message).toContain(`Source ${file}: ${words}`);
  });
});
