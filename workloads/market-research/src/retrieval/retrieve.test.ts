import { cosine, countTerms, type SourceDocument, stem, termsOf } from "@holdfast/workload-kit/sources";
import { describe, expect, test } from "vitest";
import { findCountry } from "../country/country.js";
import { exampleResearch } from "../testing.js";
import { industryTerms, retrieve } from "./retrieve.js";

const norway = findCountry("Norway");
if (norway === null) throw new Error("Norway");
const question = { country: norway, industry: "energy services", clientContext: "" };

function documentOf(file: string, sentences: string[]): SourceDocument {
  const passages = sentences.map((text, index) => ({ file, place: `line ${index + 1}`, heading: "", text }));
  return { file, format: ".txt", isNamed: false, sizeBytes: 1, sha256: "", text: sentences.join("\n"), passages };
}

describe("retrieval", () => {
  const sweden = documentOf("sweden.txt", [
    "Sweden has a large energy market with many energy companies.",
    "Swedish energy demand is a risk.",
  ]);
  const filesOf = (found: ReturnType<typeof retrieve>) =>
    new Set(found.sections.flatMap((section) => section.passages.map((passage) => passage.file)));

  test("uses every supplied source, whatever its path and whether or not it names the industry or the country", () => {
    const found = retrieve(question, [
      documentOf("a.txt", ["The largest operator sold 40 percent of its output abroad."]),
      documentOf("b.txt", ["Prices of houses in Germany fell, a risk for demand."]),
      documentOf("deep/japan-healthcare/c.txt", ["The Norwegian regulator sets the tariff of each network."]),
    ]);
    expect([...filesOf(found)].sort()).toEqual(["a.txt", "b.txt", "deep/japan-healthcare/c.txt"]);
    expect(found.documents.map(({ leftOut, namesIndustry }) => [leftOut, namesIndustry])).toEqual([
      [null, false],
      [null, false],
      [null, false],
    ]);
  });

  test("leaves out a folder's document about another country, with the reason, but uses it if named explicitly", () => {
    const inFolder = retrieve(question, [sweden]);
    expect([...filesOf(inFolder)]).toEqual([]);
    expect(inFolder.documents[0]?.leftOut).toBe(
      "it speaks of Sweden (2 mentions) rather than Norway; name the file itself to use it",
    );
    expect([...filesOf(retrieve(question, [{ ...sweden, isNamed: true }]))]).toEqual(["sweden.txt"]);
  });

  test("quotes from another country's document only passages that name the requested country", () => {
    const both = documentOf("nordic.txt", [
      "Sweden and Swedish companies own much of the Swedish energy network.",
      "Exports to Norway are a share of the market.",
    ]);
    expect(retrieve(question, [both]).sections.flatMap(({ passages }) => passages.map(({ text }) => text))).toEqual([
      "Exports to Norway are a share of the market.",
    ]);
  });

  test("gives a reason for each document without a used passage", () => {
    const found = retrieve(question, [documentOf("empty.txt", [])]);
    expect(found.documents[0]?.leftOut).toBe("it holds no whole sentence that can be quoted");
  });

  test("skips a passage that repeats one already chosen", () => {
    const same = "Norwegian energy demand of households is a risk for the network.";
    const found = retrieve(question, [documentOf("a-energy.txt", [same]), documentOf("b-energy.txt", [same])]);
    expect(found.sections.flatMap((section) => section.passages)).toHaveLength(1);
  });

  test("puts each passage into one section only, deterministically", async () => {
    const first = await exampleResearch();
    const texts = first.sections.flatMap((section) => section.passages.map((passage) => passage.text));
    expect(new Set(texts).size).toBe(texts.length);
    expect(await exampleResearch()).toEqual(first);
  });

  test("fills every section from the example sources, for both countries", async () => {
    for (const options of [{}, { country: "JP", industry: "healthcare" }]) {
      const research = await exampleResearch(options);
      for (const section of research.sections) expect(section.passages.length, section.title).toBeGreaterThan(0);
    }
  });

  test("recognizes an industry by its specific words", () => {
    expect([...industryTerms("energy services")]).toEqual(["energy"]);
    expect([...industryTerms("business services")]).toEqual(["business", "service"]);
  });
});

describe("terms", () => {
  test("are folded, without stop words, reduced to a stem", () => {
    expect(termsOf("The Companies of the Côte, in 2023")).toEqual(["company", "cote", "2023"]);
    expect(["services", "gas", "analysis", "bus", "glasses"].map(stem)).toEqual([
      "service",
      "gas",
      "analysis",
      "bus",
      "glass",
    ]);
  });

  test("measure similarity from none to identical", () => {
    const of = (text: string) => countTerms(text);
    expect(cosine(of("power grid"), of("power grid"))).toBeCloseTo(1);
    expect(cosine(of("power grid"), of("salmon export"))).toBe(0);
    expect(cosine(of(""), of("salmon"))).toBe(0);
  });
});
