import { describe, expect, test } from "vitest";
import { findCountry } from "../country/country.js";
import type { SourceDocument } from "../sources/read-source.js";
import { exampleResearch } from "../testing.js";
import { industryTerms, retrieve } from "./retrieve.js";
import { cosine, countTerms, stem, termsOf } from "./terms.js";

const norway = findCountry("Norway");
if (norway === null) throw new Error("Norway");
const question = { country: norway, industry: "energy services", clientContext: "" };

function documentOf(file: string, sentences: string[]): SourceDocument {
  const passages = sentences.map((text, index) => ({ file, place: `line ${index + 1}`, heading: "", text }));
  return { file, format: ".txt", sizeBytes: 1, sha256: "", text: sentences.join("\n"), passages };
}

describe("retrieval", () => {
  test("takes no passage of another country's or another industry's document", () => {
    const found = retrieve(question, [
      documentOf("sweden.txt", [
        "Sweden has a large energy market with many energy companies.",
        "Swedish energy demand is a risk.",
      ]),
      documentOf("fish.txt", ["The Norwegian salmon market is the largest by export value in Norway."]),
      documentOf("power.txt", [
        "The Norwegian energy market is the largest of the region.",
        "Energy demand of Norway grows.",
      ]),
    ]);
    const files = new Set(found.sections.flatMap((section) => section.passages.map((passage) => passage.file)));
    expect([...files]).toEqual(["power.txt"]);
    expect(found.documents).toEqual([
      { file: "sweden.txt", isOnCountry: false, isOnIndustry: true },
      { file: "fish.txt", isOnCountry: true, isOnIndustry: false },
      { file: "power.txt", isOnCountry: true, isOnIndustry: true },
    ]);
  });

  test("holds back a passage that repeats one already taken", () => {
    const same = "Norwegian energy demand of households is a risk for the network.";
    const found = retrieve(question, [documentOf("a-energy.txt", [same]), documentOf("b-energy.txt", [same])]);
    expect(found.sections.flatMap((section) => section.passages)).toHaveLength(1);
  });

  test("puts each passage in one section only, and gives the same answer again", async () => {
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

  test("stops when it is aborted", () => {
    expect(() =>
      retrieve(
        question,
        [documentOf("energy.txt", ["Norwegian energy demand grows fast."])],
        AbortSignal.abort(new Error("paused")),
      ),
    ).toThrow("paused");
  });

  test("knows an industry by its specific words", () => {
    expect([...industryTerms("energy services")]).toEqual(["energy"]);
    expect([...industryTerms("business services")]).toEqual(["business", "service"]);
  });
});

describe("terms", () => {
  test("are folded, without stop words, cut to a stem", () => {
    expect(termsOf("The Companies of the Côte, in 2023")).toEqual(["company", "cote", "2023"]);
    expect(["services", "gas", "analysis", "bus", "glasses"].map(stem)).toEqual([
      "service",
      "gas",
      "analysis",
      "bus",
      "glass",
    ]);
  });

  test("measure likeness from nothing to all", () => {
    const of = (text: string) => countTerms(text);
    expect(cosine(of("power grid"), of("power grid"))).toBeCloseTo(1);
    expect(cosine(of("power grid"), of("salmon export"))).toBe(0);
    expect(cosine(of(""), of("salmon"))).toBe(0);
  });
});
