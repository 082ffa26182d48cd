// The job `analysis`: lists the documents, measures each as an item of a map, and reports. It has no logic of its own.
import { appendJournal, pace } from "@holdfast/workload-kit";
import { defineWorkflow, type MapRef, type StageContext } from "holdfast";
import { csvLine } from "holdfast/extend";
import { RECOVERY } from "../recovery.js";
import { Corpus, findBoundary } from "./corpus.js";
import { dateIn } from "./dates.js";
import { type DocumentListing, listDocuments } from "./documents.js";
import { analysisInput } from "./input.js";
import { DocumentParser, type DocumentResult, measureDocument } from "./measure-document.js";
import { type AnalysisResult, type DocumentRow, type LeftOut, makeReport } from "./report.js";

/** Concurrent documents: one is read from the disk while another is counted. */
const CONCURRENCY = 2;

/** Counts terms, names and tone over the user's documents. Each document is measured once. */
export const analysisJob = defineWorkflow({
  name: "analysis",
  version: "1",
  input: analysisInput,
  stages: [
    { name: "list", title: "List the documents", kind: "primary" },
    { name: "measure", title: "Measure each document", kind: "primary" },
    { name: "report", title: "Count them together", kind: "primary" },
  ],
  recovery: RECOVERY,
  async run({ input, runId, stage, map }) {
    const { documents, topTerms, ignore, journal, paceMs } = input;
    const listed = await stage("list", { inputs: { documents } }, () => {
      const listing = listDocuments(documents);
      if (listing.problems.length > 0)
        throw new Error(`Documents: ${listing.problems.join("; ")}. Restore them, then resume the job.`);
      return listing;
    });
    const ignored = new Set(ignore);
    const parser = new DocumentParser();
    const measured = await map<DocumentListing["files"][number], DocumentResult, { ignore: string[] }>(
      "measure",
      listed.files,
      {
        key: ({ name }) => keyOf(name),
        config: { ignore },
        concurrency: CONCURRENCY,
        // A resume does not repeat a document once it is measured.
        batch: { results: 20, ms: 100 },
        maxFailed: listed.files.length,
      },
      async (file, { signal, attempt }) => {
        const line = { runId, stage: `measure:${file.name}`, attempt };
        if (journal !== undefined) await appendJournal(journal, { ...line, edge: "start" });
        const result = await measureDocument(file, { ignored, parser, signal });
        await pace(paceMs, signal);
        if (journal !== undefined) await appendJournal(journal, { ...line, edge: "end" });
        return result;
      },
    );
    return stage("report", { inputs: { measured, topTerms } }, (context) =>
      report(context, { listed, measured, topTerms }),
    );
  },
});

/** Item keys have at most 1,024 characters. A path may be four times as long, and its end distinguishes files. */
const keyOf = (name: string) => (name.length <= 1_000 ? name : `…${name.slice(-1_000)}`);

interface Reporting {
  readonly listed: DocumentListing;
  readonly measured: MapRef<DocumentResult>;
  readonly topTerms: number;
}

async function report(
  { results, artifact, signal, progress }: StageContext,
  { listed, measured, topTerms }: Reporting,
): Promise<AnalysisResult> {
  const names = new Map(listed.files.map(({ name }) => [keyOf(name), name]));
  const dates = listed.files.flatMap(({ name }) => dateIn(name) ?? []);
  const corpus = new Corpus(findBoundary(dates));
  const rows: DocumentRow[] = [];
  const leftOut: LeftOut[] = [...listed.leftOut];
  let done = 0;
  for await (const item of results(measured)) {
    signal.throwIfAborted();
    const name = names.get(item.key) ?? item.key;
    if (item.outcome === "error") leftOut.push({ name, reason: item.error.message });
    else if (item.output.kind === "leftOut") leftOut.push({ name, reason: item.output.reason });
    else {
      const { encoding, figures } = item.output;
      const date = dateIn(name);
      corpus.add({ name, date }, figures);
      const { words, sentences, tone, notes } = figures;
      rows.push({ name, date, words, sentences, per100: tone.per100, encoding, notes: notes.join("; ") });
    }
    progress(++done, listed.files.length, "Counting together");
  }
  const files = {
    terms: await artifact.writeStream(
      "terms.csv",
      lines(
        ["term", "count", "documents", "tf_idf", "rate_earlier", "rate_later", "keyness"],
        corpus
          .terms()
          .map(({ term, count, documents, tfIdf, rates, keyness }) => [
            term,
            count,
            documents,
            tfIdf,
            rates?.[0] ?? null,
            rates?.[1] ?? null,
            keyness,
          ]),
      ),
    ),
    names: await artifact.writeStream(
      "names.csv",
      lines(
        ["name", "count", "documents"],
        corpus.names().map(({ name, count, documents }) => [name, count, documents]),
      ),
    ),
    documents: await artifact.writeStream(
      "documents.csv",
      lines(
        ["document", "date", "words", "sentences", "tone_per_100", "encoding", "notes", "left_out"],
        [
          ...rows.map(({ name, date, words, sentences, per100, encoding, notes }) => [
            name,
            date,
            words,
            sentences,
            per100,
            encoding,
            notes,
            null,
          ]),
          ...leftOut.map(({ name, reason }) => [name, null, null, null, null, null, null, reason]),
        ],
      ),
    ),
  };
  return makeReport({ corpus, documents: rows, leftOut, topTerms, files });
}

async function* lines(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): AsyncGenerator<string> {
  yield csvLine(header);
  for (const row of rows) yield csvLine(row);
}
