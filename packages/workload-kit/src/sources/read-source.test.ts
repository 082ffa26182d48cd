import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collapse } from "./blocks.js";
import { readSource } from "./read-source.js";
import { listSources } from "./source-files.js";

const EXAMPLE_SOURCES = fileURLToPath(new URL("../../../../examples/sources", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "read-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a source", () => {
  test("yields whole sentences, verbatim, but no captions, questions or fragments", async () => {
    const text =
      "Short one.\n\nThe grid of Norway is operated by Statnett, i.e. a state company. Who owns the rest of it today?\n\na fragment without a beginning.";
    writeFileSync(path.join(folder, "a.txt"), text);
    const { passages } = await readSource({
      path: path.join(folder, "a.txt"),
      name: "a.txt",
      format: ".txt",
      isNamed: false,
    });
    expect(passages).toEqual([
      {
        file: "a.txt",
        place: "line 3",
        heading: "",
        text: "The grid of Norway is operated by Statnett, i.e. a state company.",
      },
    ]);
  });

  test("in one long line gives places by sentence", async () => {
    const file = path.join(folder, "long.txt");
    const filler = "Another sentence stands here without a line break. ".repeat(60);
    writeFileSync(file, `The first sentence stands here. ${filler}The last sentence stands here.`);
    const { passages } = await readSource({ path: file, name: "long.txt", format: ".txt", isNamed: false });
    expect([passages[0]?.place, passages.at(-1)?.place]).toEqual(["line 1, sentence 1", "line 1, sentence 62"]);
  });

  test("yields passages that occur word for word, for every example text file", async () => {
    for (const file of listSources(EXAMPLE_SOURCES).files) {
      const document = await readSource(file);
      expect(document.passages.length, file.name).toBeGreaterThan(0);
      if (file.format !== ".txt") continue;
      const whole = collapse(readFileSync(file.path, "utf8"));
      for (const passage of document.passages) expect(whole).toContain(passage.text);
    }
  });

  test("that is damaged, missing or not UTF-8 is refused with its path and a remedy", async () => {
    const pdf = path.join(folder, "broken.pdf");
    writeFileSync(pdf, "%PDF-1.4 nothing");
    await expect(readSource({ path: pdf, name: "broken.pdf", format: ".pdf", isNamed: false })).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      details: { path: pdf },
    });
    await expect(readSource({ path: `${pdf}x`, name: "x", format: ".txt", isNamed: false })).rejects.toThrow(
      /no longer there.*Restore the file/,
    );
    const latin = path.join(folder, "latin.txt");
    writeFileSync(latin, Buffer.from([0xe5, 0x20, 0x41]));
    await expect(readSource({ path: latin, name: "latin.txt", format: ".txt", isNamed: false })).rejects.toThrow(
      /the text is not UTF-8/,
    );
  });

  test("written by the example's script equals the shipped file", () => {
    const file = path.join(EXAMPLE_SOURCES, "norway-energy-services", "gas-and-carbon-storage.pdf");
    const before = readFileSync(file);
    execFileSync(process.execPath, [path.join(EXAMPLE_SOURCES, "..", "make-sources-pdf.mjs")]);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});
