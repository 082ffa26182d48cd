/** Files, people and models may supply any character; the delivered file must still open. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { listSources } from "@holdfast/workload-kit/sources";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { visibleControls } from "holdfast/extend";
import { SaxesParser } from "saxes";
import { expect, onTestFinished, test } from "vitest";
import { findCountry } from "../country/country.js";
import { gatherResearch } from "../research.js";
import { checkContent } from "../synthesis/content-check.js";
import { synthesize } from "../synthesis/synthesis.js";
import { exampleDeck, STARTED_AT_MS } from "../testing.js";
import { buildDeck } from "./build-deck.js";
import { planDeck } from "./deck-data.js";
import { checkDeck } from "./health-check.js";
import { openDeck } from "./open-deck.js";
import { toPages } from "./page.js";

/** Every control character, lone surrogates, both noncharacters that XML forbids, and markup. */
const DIRT = `${Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join("")}\u007f\u0085\u009b\ud800\udc00\ufffe\uffff<&>"']]>`;
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

test("control characters in a source, its name, the industry and the client's words yield a deck that strict parsers read", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "dirty-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(
    path.join(folder, "grid\u0007\u001b.md"),
    "# Norway\u0002\n\nThe Norwegian energy\u000bmarket\u0001 produced \u0008157 TWh of\ufffe power & heat in 2023.\n",
  );
  await writeFile(path.join(folder, "page.html"), "<p>&#1;Energy demand of Norway is a&#8; risk for households.</p>");
  const country = findCountry("Norway");
  if (country === null) throw new Error("Norway");
  const question = {
    country,
    industry: `energy${DIRT}`.replace(/[\r\n]/g, ""),
    clientContext: `For a board\u0000${DIRT}`,
  };
  const research = await gatherResearch(question, listSources(folder));
  expect(research.sections.flatMap((section) => section.passages.map(({ file, text }) => [file, text]))).toEqual(
    expect.arrayContaining([
      ["grid.md", "The Norwegian energy market produced 157 TWh of\ufffd power & heat in 2023."],
      ["page.html", expect.stringContaining("Energy demand of Norway is a")],
    ]),
  );
  const markdown = synthesize(research);
  expect(checkContent(markdown, research).violations).toEqual([]);
  const deck = planDeck(markdown, research, STARTED_AT_MS);
  const bytes = await buildDeck(deck, { startedAtMs: STARTED_AT_MS });
  expect(findUnreadable(bytes)).toEqual([]);
  const health = checkDeck(openDeck(bytes), { layouts: toPages(deck).map((page) => page.layout) });
  expect(health.violations.filter(({ rule }) => rule === "well-formed")).toEqual([]);
});

test("a deck's data is cleaned before it is written, whatever its origin", async () => {
  const { deck } = await exampleDeck();
  const dirty = JSON.parse(JSON.stringify(deck), (key, value) =>
    typeof value === "string" && !["kind", "method"].includes(key) ? `${value}${DIRT}` : value,
  );
  expect(findUnreadable(await buildDeck(dirty, { startedAtMs: STARTED_AT_MS }))).toEqual([]);
});

test("stage 8 names each part that a strict parser refuses, including those of a chart's workbook", async () => {
  const { deck, bytes } = await exampleDeck();
  const layouts = toPages(deck).map((page) => page.layout);
  const files = unzipSync(bytes);
  const spoil = (part: string, change: (xml: string) => string | Uint8Array) => {
    const changed = change(strFromU8(files[part] ?? new Uint8Array()));
    const content = typeof changed === "string" ? strToU8(changed) : changed;
    return checkDeck(openDeck(zipSync({ ...files, [part]: content })), { layouts }).violations.filter(
      ({ rule }) => rule === "well-formed",
    );
  };
  const intoText = (dirt: string) => (xml: string) => xml.replace("<a:t>", `<a:t>${dirt}`);
  for (const dirt of ["\u0001", "&#1;", "\uffff", "&unknown;", "a & b", "<open>", "<x:y/>"]) {
    expect(spoil("ppt/slides/slide3.xml", intoText(dirt)), dirt).toHaveLength(1);
  }
  expect(spoil("ppt/slides/slide3.xml", (xml) => strToU8(intoText("\u00ff")(xml), true))).toHaveLength(1); // not UTF-8
  expect(spoil("docProps/app.xml", (xml) => `${xml}<again/>`)).toHaveLength(1);
  expect(
    spoil("ppt/slides/slide3.xml", (xml) => xml.replace("<p:sld ", '<!DOCTYPE a [<!ENTITY b "c">]><p:sld ')),
  ).toHaveLength(1);
  const workbook = Object.keys(files).find((name) => name.endsWith(".xlsx")) ?? "";
  const inner = unzipSync(files[workbook] ?? new Uint8Array());
  const found = spoil(workbook, () => zipSync({ ...inner, "xl/sharedStrings.xml": strToU8("<sst>\u0002</sst>") }));
  expect(found.map(({ message }) => message)).toEqual([expect.stringContaining(`${workbook}!xl/sharedStrings.xml`)]);
});

test("the cleaner leaves no character that XML forbids, and keeps the rest", () => {
  expect(visibleControls(DIRT)).not.toMatch(NOT_XML);
  expect(visibleControls("grün 😀\tx\ny")).toBe("grün 😀\tx\ny");
});

/** Returns parts that are not well-formed, by a parser set up here, independent of the code under test. */
function findUnreadable(bytes: Uint8Array): string[] {
  return Object.entries(unzipSync(bytes)).flatMap(([name, content]) => {
    if (name.endsWith(".xlsx")) return findUnreadable(content);
    if (!/\.(xml|rels)$/.test(name)) return [];
    const problems: string[] = [];
    const parser = new SaxesParser({ xmlns: true });
    parser.on("error", (error) => problems.push(`${name}: ${error.message}`));
    parser.write(new TextDecoder("utf-8", { fatal: true }).decode(content)).close();
    return problems;
  });
}
