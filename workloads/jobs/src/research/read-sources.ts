// Stage `read`: reads the sources into passages one after another, and saves each as a file of the run, followed by a
// checkpoint. A job that is paused or killed then continues with the next source. An unusable source is reported with
// its reason, and the others continue.
import { createHash } from "node:crypto";
import { appendJournal, type GuardLimits, pace } from "@holdfast/workload-kit";
import {
  listSources,
  type Passage,
  SOURCE_LIMITS,
  type SourceDocument,
  type SourceFile,
  SourceUnreadableError,
} from "@holdfast/workload-kit/sources";
import type { ArtifactRef, StageContext } from "holdfast";
import { z } from "zod";
import type { ResearchInput } from "./input.js";
import { type LimitReached, sourcesReached, timeReachedReading, WorkTime } from "./limits.js";
import { openReading, type Reading } from "./reading.js";

const sourceRead = z.object({
  name: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  /** Hash over all passages in order: two files with the same text are one source. */
  textSha256: z.string(),
  passages: z.number(),
  file: z.custom<ArtifactRef<Passage[]>>((value) => typeof value === "object" && value !== null),
});
const leftOut = z.object({ name: z.string(), reason: z.string() });

export const readCheckpoint = z.object({
  read: z.array(sourceRead),
  leftOut: z.array(leftOut),
  /** Working time so far, in milliseconds. */
  usedMs: z.number(),
});
export type ReadCheckpoint = z.infer<typeof readCheckpoint>;

export interface ReadOutput extends ReadCheckpoint {
  readonly limits: LimitReached[];
}

export interface ReadingSettings {
  readonly input: ResearchInput;
  readonly runId: string;
  readonly limits?: Partial<GuardLimits> | undefined;
}

/** Maximum text of a job's sources, in characters, since it is searched in memory. Twice the collected works of any author. */
const CHARS_MAX = 60_000_000;

export async function readSources(
  stage: StageContext<ReadCheckpoint>,
  { input, runId, limits }: ReadingSettings,
): Promise<ReadOutput> {
  const listing = listSources(input.sources, { isLenient: true });
  if (listing.problems.length > 0) {
    const reason = listing.problems.join("; ");
    throw new SourceUnreadableError({
      path: [input.sources].flat().join(", "),
      reason,
      cure: "Restore it, then resume the job.",
    });
  }
  const state = (await stage.checkpoint.get()) ?? { read: [], leftOut: [...listing.skipped], usedMs: 0 };
  const time = new WorkTime(state.usedMs, input.maxMinutes);
  const reached: LimitReached[] = [];
  const files = listing.files.slice(0, input.maxSources);
  const beyond = listing.files.slice(input.maxSources).map(({ name }) => name);
  if (beyond.length > 0) reached.push(sourcesReached(input.maxSources, beyond));
  const known = new Set([...state.read, ...state.leftOut].map(({ name }) => name));
  const open = files.filter(({ name }) => !known.has(name));
  const reader = new PatientReader({ ...SOURCE_LIMITS, ...limits }, stage.signal);
  let chars = state.read.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  try {
    for (const [at, file] of open.entries()) {
      stage.signal.throwIfAborted();
      if (time.leftMs() === 0) {
        reached.push(
          timeReachedReading(
            input.maxMinutes,
            open.slice(at).map(({ name }) => name),
          ),
        );
        break;
      }
      stage.progress(files.length - open.length + at, files.length, `Reading ${file.name}`);
      if (input.journal !== undefined)
        await appendJournal(input.journal, {
          runId,
          stage: `read:${file.name}`,
          attempt: stage.attempt,
          edge: "start",
        });
      const taken = await take(reader, file, time);
      const problem = taken instanceof SourceUnreadableError ? wordUnreadable(taken) : problemOf(taken, state, chars);
      await pace(input.paceMs, stage.signal);
      if (problem !== null || taken instanceof SourceUnreadableError) {
        state.leftOut.push({ name: file.name, reason: problem ?? "it cannot be read" });
        stage.log(`Source ${file.name} is left out: ${problem}.`);
      } else {
        const { sizeBytes, sha256, passages } = taken;
        const name = `source-${String(state.read.length + 1).padStart(4, "0")}.json`;
        const ref = await stage.artifact.writeJson(name, passages.map(plain));
        state.read.push({
          name: file.name,
          sizeBytes,
          sha256,
          textSha256: digestOf(passages),
          passages: passages.length,
          file: ref,
        });
        chars += passages.reduce((sum, { text }) => sum + text.length, 0);
      }
      await stage.checkpoint.save({ ...state, usedMs: time.usedMs() });
      if (input.journal !== undefined)
        await appendJournal(input.journal, { runId, stage: `read:${file.name}`, attempt: stage.attempt, edge: "end" });
    }
  } finally {
    await reader.stop();
  }
  stage.progress(files.length, files.length, "Sources read");
  return { ...state, usedMs: time.usedMs(), limits: reached };
}

/** A passage as a plain object, for JSON. */
const plain = ({ file, place, heading, text }: Passage) => ({ file, place, heading, text });

function wordUnreadable({ details }: SourceUnreadableError): string {
  return `${details.reason}. ${details.cure}`.replace(/\.$/, "");
}

/** Returns why a readable document is left out; null if it is used. */
function problemOf({ passages }: SourceDocument, { read }: ReadCheckpoint, chars: number): string | null {
  if (passages.length === 0) return "it holds no whole sentence that can be quoted";
  const digest = digestOf(passages);
  const same = read.find(({ textSha256 }) => textSha256 === digest);
  if (same !== undefined) return `it has the same text as ${same.name}, which counts once`;
  const own = passages.reduce((sum, { text }) => sum + text.length, 0);
  return chars + own > CHARS_MAX
    ? `with it the sources would have more than ${CHARS_MAX} characters, which is all that is searched`
    : null;
}

function digestOf(passages: readonly Passage[]): string {
  const hash = createHash("sha256");
  for (const { text } of passages) hash.update(`${text.toLowerCase()}\n`);
  return hash.digest("hex");
}

async function take(
  reader: PatientReader,
  file: SourceFile,
  time: WorkTime,
): Promise<SourceDocument | SourceUnreadableError> {
  try {
    return await reader.take(file, time.leftMs());
  } catch (error) {
    if (error instanceof SourceUnreadableError) return error;
    throw error;
  }
}

/** Continues in a new process after a file has ended the previous one. */
class PatientReader {
  #reading: Reading | null = null;

  constructor(
    private readonly limits: GuardLimits,
    private readonly signal: AbortSignal,
  ) {}

  async take(file: SourceFile, leftMs: number): Promise<SourceDocument> {
    this.#reading ??= openReading(this.limits, this.signal);
    try {
      return await this.#reading.take(file, Math.min(this.limits.timeMsMax, leftMs));
    } catch (error) {
      if (this.#reading.isGone) this.#reading = null;
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#reading?.stop();
  }
}
