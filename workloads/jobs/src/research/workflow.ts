// The job `research`: reads the sources, finds the passages, answers, and says what the answer is worth. It has no
// logic of its own.
import { type ApiKey, classifyModelTrouble, ModelCallError } from "@holdfast/models";
import { BudgetUsedUpError, type GuardLimits, openAsker } from "@holdfast/workload-kit";
import type { Passage } from "@holdfast/workload-kit/sources";
import { SOURCE_LIMITS } from "@holdfast/workload-kit/sources";
import { type ArtifactRef, defineWorkflow, type StageContext } from "holdfast";
import { RECOVERY } from "../recovery.js";
import { quoteAnswer } from "./answer.js";
import type { FoundPassages } from "./find-passages.js";
import { type ResearchInput, researchInput } from "./input.js";
import { budgetReached, timeReachedWriting, WorkTime } from "./limits.js";
import { type ReadOutput, readCheckpoint, readSources } from "./read-sources.js";
import { openReading } from "./reading.js";
import { type Answered, makeResult } from "./result.js";
import { isUnusable, writeAnswer } from "./write-answer.js";

export interface ResearchJobOptions {
  /**
   * Returns the key in the environment variable that an input names (`model.apiKeyEnv`). Default: no key, so only
   * models without one.
   */
  readonly apiKey?: ApiKey | undefined;
  /** Limits for reading one source, and for the search over all. Default: 512 MB and two minutes. */
  readonly sourceLimits?: Partial<GuardLimits> | undefined;
}

/** Minimum time for the search and a quoted answer, whatever time is left: without them there would be no result. */
const SEARCH_MS_MIN = 30_000;

/** Answers a question from the user's own sources, with a citation for every sentence. */
export function researchJob({ apiKey = () => undefined, sourceLimits = {} }: ResearchJobOptions = {}) {
  return defineWorkflow({
    name: "research",
    version: "1",
    input: researchInput,
    stages: [
      { name: "read", title: "Read the sources", kind: "primary" },
      { name: "search", title: "Find the passages", kind: "primary" },
      { name: "answer", title: "Answer from them", kind: "primary" },
      { name: "report", title: "Say what it is worth", kind: "review" },
    ],
    recovery: RECOVERY,
    search: ["question"],
    async run({ input, runId, stage }) {
      const { question, sources, maxSources, maxMinutes, budgetUsd, model } = input;
      const read = await stage(
        "read",
        { inputs: { sources, maxSources, maxMinutes }, checkpoint: readCheckpoint },
        (context) => readSources(context, { input, runId, limits: sourceLimits }),
      );
      const found = await stage("search", { inputs: { question, read } }, (context) =>
        search(context, { question, read, limits: { ...SOURCE_LIMITS, ...sourceLimits } }),
      );
      const answered = await stage(
        "answer",
        {
          inputs: { question, found, model, budgetUsd },
          classify: model === undefined ? undefined : classifyModelTrouble,
        },
        async (context) =>
          answer(context, { input, passages: await context.artifact.readJson(found), usedMs: read.usedMs, apiKey }),
      );
      return stage("report", { inputs: { found, answered } }, async ({ artifact }) => {
        const result = makeResult(question, { read, found: await artifact.readJson(found), answered });
        return JSON.parse(JSON.stringify(result)) as typeof result;
      });
    },
  });
}

async function search(
  { artifact, signal, progress }: StageContext,
  { question, read, limits }: { question: string; read: ReadOutput; limits: GuardLimits },
): Promise<ArtifactRef<FoundPassages>> {
  progress(0, 1, "Searching the passages");
  const files = await Promise.all(read.read.map(({ file }) => artifact.locate(file as ArtifactRef<Passage[]>)));
  const timeMsMax = Math.max(SEARCH_MS_MIN, limits.timeMsMax);
  const reading = openReading({ ...limits, timeMsMax }, signal);
  try {
    const found = await reading.search({ question, files });
    progress(1, 1);
    return artifact.writeJson("passages.json", found as never) as Promise<ArtifactRef<FoundPassages>>;
  } finally {
    await reading.stop();
  }
}

interface Answering {
  readonly input: ResearchInput;
  readonly passages: FoundPassages;
  readonly usedMs: number;
  readonly apiKey: ApiKey;
}

const QUOTED = { isWritten: false, model: null, dropped: [], isDeclined: false, limits: [], quotedBecause: null };

async function answer(stage: StageContext, { input, passages, usedMs, apiKey }: Answering): Promise<Answered> {
  stage.progress(0, 1, "Writing the answer");
  const { model, question, maxMinutes, budgetUsd } = input;
  const quoted = quoteAnswer(passages);
  if (model === undefined || passages.answering.length === 0) return { ...QUOTED, ...quoted };
  const time = new WorkTime(usedMs, maxMinutes);
  if (time.leftMs() === 0) return { ...QUOTED, ...quoted, limits: [timeReachedWriting(maxMinutes)] };
  const outOfTime = AbortSignal.timeout(Math.min(time.leftMs(), 2 ** 31 - 1));
  const asker = openAsker(stage, model, apiKey, { budgetUsd, signal: AbortSignal.any([stage.signal, outOfTime]) });
  if (asker === null) return { ...QUOTED, ...quoted };
  const use = () => (asker.use().calls === 0 ? null : asker.use());
  try {
    const { notMended, ...written } = await writeAnswer(question, passages, asker);
    const limits =
      notMended === null
        ? []
        : [budgetReached(budgetUsd ?? 0, `${notMended.message} Sentences without a source were not mended.`)];
    return { ...written, isWritten: true, model: use(), limits, quotedBecause: null };
  } catch (error) {
    if (!stage.signal.aborted && outOfTime.aborted) {
      return { ...QUOTED, ...quoted, model: use(), limits: [timeReachedWriting(maxMinutes)] };
    }
    if (error instanceof BudgetUsedUpError) {
      return {
        ...QUOTED,
        ...quoted,
        model: use(),
        limits: [budgetReached(budgetUsd ?? 0, `${error.message} Sentences are quoted instead.`)],
      };
    }
    if (error instanceof ModelCallError && isUnusable(error)) {
      const why = `The model's answer could not be used (${error.category}), so sentences are quoted instead.`;
      return { ...QUOTED, ...quoted, model: use(), quotedBecause: why };
    }
    throw error;
  }
}
