/**
 * Stage 2: everything the run knows, gathered once. Later stages read this and nothing else, neither the user's
 * sources nor the data packages, so that what is cited is what was read.
 */
import type { Country } from "./country/country.js";
import { type CountryFact, type FigureSeries, readCountryFacts } from "./country/facts.js";
import { type FoundSection, type Question, retrieve } from "./retrieval/retrieve.js";
import { readSource, type SourceDocument } from "./sources/read-source.js";
import type { SourceListing } from "./sources/source-files.js";
import { cleanTexts } from "./text.js";

export interface ResearchDocument {
  file: string;
  format: string;
  sizeBytes: number;
  sha256: string;
  /** Quotable passages in it, and how many of them a section took. */
  passages: number;
  used: number;
  /** Whether a word of the industry stands in it. */
  namesIndustry: boolean;
  /** Why no passage of it is used; null where one is. */
  leftOut: string | null;
}

/** The content of research-raw.json. */
export interface Research {
  method: "local";
  country: Country;
  industry: string;
  clientContext: string;
  facts: CountryFact[];
  series: FigureSeries[];
  documents: ResearchDocument[];
  skipped: { name: string; reason: string }[];
  sections: FoundSection[];
}

/** All sources that the study does not rest on, read or not, with the reason of each. */
export function sourcesLeftOut(research: Research): { name: string; reason: string }[] {
  const unused = research.documents.flatMap(({ file, leftOut }) =>
    leftOut === null ? [] : [{ name: file, reason: leftOut }],
  );
  return [...unused, ...research.skipped];
}

export interface GatherOptions {
  signal?: AbortSignal | undefined;
  /** Told after each source file read. */
  onProgress?: ((done: number, total: number, label: string) => void) | undefined;
}

/**
 * Read the country's facts and the user's sources, and find the passages of every section.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — a source vanished or is damaged; restore it and resume.
 */
export async function gatherResearch(
  question: Question,
  listing: SourceListing,
  options: GatherOptions = {},
): Promise<Research> {
  const { signal, onProgress } = options;
  const { facts, series } = await readCountryFacts(question.country);
  const documents: SourceDocument[] = [];
  for (const file of listing.files) {
    signal?.throwIfAborted();
    documents.push(await readSource(file));
    onProgress?.(documents.length, listing.files.length, file.name);
  }
  const found = retrieve(question, documents, signal);
  const taken = found.sections.flatMap((section) => section.passages);
  // Industry and client context come from a person, names of files from a file system.
  return cleanTexts({
    method: "local",
    country: question.country,
    industry: question.industry,
    clientContext: question.clientContext,
    facts,
    series,
    documents: documents.map((document, index) => ({
      file: document.file,
      format: document.format,
      sizeBytes: document.sizeBytes,
      sha256: document.sha256,
      passages: document.passages.length,
      used: taken.filter((passage) => passage.file === document.file).length,
      namesIndustry: found.documents[index]?.namesIndustry ?? false,
      leftOut: found.documents[index]?.leftOut ?? null,
    })),
    skipped: listing.skipped,
    sections: found.sections,
  });
}
