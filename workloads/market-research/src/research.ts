/**
 * Stage 2: gathers everything that the run uses, once. Later stages read only this, neither the user's sources nor the
 * data packages, so that what is cited is what was read.
 */
import type { GuardLimits } from "@holdfast/workload-kit";
import { cleanTexts, type ReadDocument, SOURCE_LIMITS, type SourceListing } from "@holdfast/workload-kit/sources";
import type { Country } from "./country/country.js";
import { type CountryFact, type FigureSeries, readCountryFacts } from "./country/facts.js";
import { type FoundSection, type Question, type Retrieval, retrieve } from "./retrieval/retrieve.js";
import { openReading } from "./sources/reading-process.js";

export interface ResearchDocument {
  file: string;
  format: string;
  sizeBytes: number;
  sha256: string;
  /** Number of quotable passages in it, and of those that a section used. */
  passages: number;
  used: number;
  /** Whether it contains a word of the industry. */
  namesIndustry: boolean;
  /** Why no passage of it is used; null if one is. */
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

/** Returns all sources that the study does not use, read or not, each with its reason. */
export function sourcesLeftOut(research: Research): { name: string; reason: string }[] {
  const unused = research.documents.flatMap(({ file, leftOut }) =>
    leftOut === null ? [] : [{ name: file, reason: leftOut }],
  );
  return [...unused, ...research.skipped];
}

export interface GatherOptions {
  signal?: AbortSignal | undefined;
  /** Limits for each file, and for the search over all files. Default `SOURCE_LIMITS`. */
  limits?: GuardLimits | undefined;
  /** Called after each source file. */
  onProgress?: ((done: number, total: number, label: string) => void) | undefined;
}

/**
 * Reads the country's facts and the user's sources, and finds the passages of every section.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE if a source is missing or damaged. Restore it and resume.
 */
export async function gatherResearch(
  question: Question,
  listing: SourceListing,
  options: GatherOptions = {},
): Promise<Research> {
  const { facts, series } = await readCountryFacts(question.country);
  const { documents, found } = await readAndSearch(question, listing, options);
  const taken = found.sections.flatMap((section) => section.passages);
  // Industry and client context come from a person, and file names from a file system.
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
      passages: document.passages,
      used: taken.filter((passage) => passage.file === document.file).length,
      namesIndustry: found.documents[index]?.namesIndustry ?? false,
      leftOut: found.documents[index]?.leftOut ?? null,
    })),
    skipped: listing.skipped,
    sections: found.sections,
  });
}

interface Found {
  documents: ReadDocument[];
  found: Retrieval;
}

async function readAndSearch(
  question: Question,
  { files }: SourceListing,
  { signal, onProgress, limits = SOURCE_LIMITS }: GatherOptions,
): Promise<Found> {
  if (files.length === 0) return { documents: [], found: retrieve(question, []) };
  const reading = openReading(limits, signal);
  try {
    const documents: ReadDocument[] = [];
    for (const file of files) {
      documents.push(await reading.read(file));
      onProgress?.(documents.length, files.length, file.name);
    }
    return { documents, found: await reading.search(question) };
  } finally {
    await reading.stop();
  }
}
