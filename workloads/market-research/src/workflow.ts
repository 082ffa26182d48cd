/**
 * The workflow: thirteen stages in order, each reading what earlier ones recorded. It has no logic of its own.
 *
 * Stage 4 records its verdict and continues; only 4a, 5 and (under strictTemplate) 8 fail the run.
 */
import { type ApiKey, classifyModelTrouble } from "@holdfast/models";
import { appendJournal, type GuardLimits, openAsker, pace, totalUse } from "@holdfast/workload-kit";
import { SOURCE_LIMITS } from "@holdfast/workload-kit/sources";
import { defineWorkflow, type Json, type RunContext, type StageContext } from "holdfast";
import { type MarketResearchInput, marketResearchInput } from "./input.js";
import {
  buildDeckStage,
  contentSizeScan,
  deckHealthCheck,
  preBuildCheck,
  readabilityRewrite,
} from "./stages/deck-stages.js";
import { delivery, finalReview } from "./stages/delivery-stages.js";
import { countryResearch, researchReview } from "./stages/research-stages.js";
import { contentCheck, contentImprove, synthesis, synthesisReview } from "./stages/synthesis-stages.js";

export const STAGES = [
  { name: "2", title: "Country research", kind: "primary" },
  { name: "2a", title: "Research review", kind: "review" },
  { name: "3", title: "Synthesis", kind: "primary" },
  { name: "3a", title: "Synthesis review", kind: "review" },
  { name: "4", title: "Content check", kind: "gate" },
  { name: "4a", title: "Content improve", kind: "review" },
  { name: "5", title: "Pre-build check", kind: "gate" },
  { name: "6", title: "Content-size scan", kind: "primary" },
  { name: "6a", title: "Readability rewrite", kind: "review" },
  { name: "7", title: "Build deck", kind: "primary" },
  { name: "8", title: "Deck health check", kind: "gate" },
  { name: "8a", title: "Final review", kind: "review" },
  { name: "9", title: "Delivery", kind: "primary" },
] as const;
type StageName = (typeof STAGES)[number]["name"];

/** Stages that ask the model, if the run has one. */
const ASKING: ReadonlySet<StageName> = new Set(["2a", "3", "3a", "4a", "8a"]);

export interface MarketResearchOptions {
  /**
   * Returns the key in the environment variable that the input names (`model.apiKeyEnv`). Called when a stage first
   * needs it; keys are never part of an input or a run. Default: no key, so models that need one cannot be used.
   */
  readonly apiKey?: ApiKey | undefined;
  /**
   * Limits for reading one source file, and for the search over all files: memory in MB and time in ms. Sources are
   * read in a separate process, which is killed at either limit. Default 512 MB and two minutes.
   */
  readonly sourceLimits?: Partial<GuardLimits> | undefined;
}

/** Creates a market-research deck on one country and industry, from country data and the user's own sources. */
export function marketResearch({ apiKey = () => undefined, sourceLimits = {} }: MarketResearchOptions = {}) {
  const limits = { ...SOURCE_LIMITS, ...sourceLimits };
  return defineWorkflow({
    name: "market-research",
    version: "1",
    input: marketResearchInput,
    stages: STAGES,
    search: ["country", "industry"],
    async run(context) {
      const { input, runId, startedAt: startedAtMs } = context;
      const isWritten = input.model !== undefined;
      const asker = (stage: StageContext) => openAsker(stage, input.model, apiKey);
      const two = await execute(context, "2", {}, (stage) => countryResearch(stage, input, limits));
      const { research } = two;
      const twoA = await execute(context, "2a", { research }, (stage) =>
        researchReview(stage, { research, startedAtMs, asker: asker(stage) }),
      );
      const three = await execute(context, "3", { research }, (stage) =>
        synthesis(stage, { research, asker: asker(stage) }),
      );
      const drafted = { research, synthesis: three.synthesis };
      const threeA = await execute(context, "3a", drafted, (stage) =>
        synthesisReview(stage, { ...drafted, startedAtMs, asker: asker(stage) }),
      );
      await execute(context, "4", drafted, (stage) => contentCheck(stage, { ...drafted, isWritten }));
      const fourA = await execute(context, "4a", drafted, (stage) =>
        contentImprove(stage, { ...drafted, asker: asker(stage) }),
      );
      const improved = { research, synthesis: fourA.synthesis };
      const use = totalUse([twoA, three, threeA, fourA]);
      const five = await execute(context, "5", improved, (stage) =>
        preBuildCheck(stage, { ...improved, startedAtMs, use }),
      );
      const planned = { deck: five.deck };
      const six = await execute(context, "6", planned, (stage) => contentSizeScan(stage, planned));
      const measured = { deck: five.deck, scan: six.scan };
      const sixA = await execute(context, "6a", measured, (stage) => readabilityRewrite(stage, measured));
      const readable = { deck: sixA.deck };
      const seven = await execute(context, "7", readable, (stage) =>
        buildDeckStage(stage, { ...readable, startedAtMs }),
      );
      const built = { deck: seven.deck, meta: seven.meta };
      const eight = await execute(context, "8", built, (stage) =>
        deckHealthCheck(stage, { ...built, isStrict: input.strictTemplate }),
      );
      const judged = { deckData: sixA.deck, content: fourA.check, health: eight.health };
      const reviewed = { ...judged, researchReview: twoA.review, synthesisReview: threeA.review };
      const eightA = await execute(context, "8a", reviewed, (stage) =>
        finalReview(stage, { ...reviewed, asker: asker(stage) }),
      );
      const delivered = { ...judged, deck: seven.deck, research };
      const allUse = totalUse([twoA, three, threeA, fourA, eightA]);
      return execute(context, "9", delivered, (stage) =>
        delivery(stage, { ...delivered, runId, startedAtMs, use: allUse }),
      );
    },
  });
}

/** Runs one stage, with the attempts that the input allows, its journal lines and its pace. */
function execute<T extends Json<T>>(
  context: RunContext<MarketResearchInput, StageName>,
  name: StageName,
  inputs: Record<string, unknown>,
  body: (stage: StageContext) => Promise<T>,
): Promise<T> {
  const { input, runId } = context;
  const asks = input.model !== undefined && ASKING.has(name);
  const options = {
    attempts: input.attemptsPerStage,
    inputs: asks ? { ...inputs, model: input.model } : inputs,
    classify: asks ? classifyModelTrouble : undefined,
  };
  return context.stage(name, options, async (stage) => {
    stage.signal.throwIfAborted();
    const line = { runId, stage: name, attempt: stage.attempt };
    if (input.journal !== undefined) await appendJournal(input.journal, { ...line, edge: "start" });
    const output = await body(stage);
    // After the work: a kill during the pause finds artifacts written but nothing recorded, which is the harder case.
    await pace(input.paceMs, stage.signal);
    if (input.journal !== undefined) await appendJournal(input.journal, { ...line, edge: "end" });
    return output;
  });
}
