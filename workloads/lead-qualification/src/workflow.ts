// The workflow: ingest, qualify, rank, export, each reading what earlier stages recorded. It has no logic of its own.
import { type ApiKey, classifyModelTrouble } from "@holdfast/models";
import { defineWorkflow, type RecoveryOptions } from "holdfast";
import { leadQualificationInput } from "./input.js";
import type { ProspectRow } from "./prospect/row.js";
import type { Assessment } from "./score/assessment.js";
import { ingestProspects } from "./stages/ingest.js";
import { type AssessmentConfig, assessmentConfig, makeAssess } from "./stages/qualify.js";
import { exportRanking, rankProspects } from "./stages/rank.js";

export const STAGES = [
  { name: "ingest", title: "Read the prospects", kind: "primary" },
  { name: "qualify", title: "Judge the prospects", kind: "primary" },
  { name: "rank", title: "Score and rank", kind: "primary" },
  { name: "export", title: "Export the ranking", kind: "primary" },
] as const;

/** Recovery: idle after half an hour without a recorded prospect, checked every five minutes; two retries after progress. */
export const RECOVERY = {
  onStall: "resume",
  idleTimeoutMs: 30 * 60_000,
  idleCheckMs: 5 * 60_000,
  maxRetries: 2,
} as const satisfies RecoveryOptions;

export interface LeadQualificationOptions {
  /**
   * Returns the key in the environment variable that an input names (`model.apiKeyEnv`). Called before the first model
   * call; keys are never part of an input or a run. Default: no key, so models that need one cannot be used.
   */
  readonly apiKey?: ApiKey | undefined;
  /** Overrides for fields of `RECOVERY`. A run keeps the policy it was created with. */
  readonly recovery?: RecoveryOptions | undefined;
}

/** Judges prospects against an ideal customer profile, scores them, and ranks them with a reason for each criterion. */
export function leadQualification({ apiKey = () => undefined, recovery = {} }: LeadQualificationOptions = {}) {
  return defineWorkflow({
    name: "lead-qualification",
    version: "1",
    input: leadQualificationInput,
    stages: STAGES,
    search: ["prospects", "model.name"],
    recovery: { ...RECOVERY, ...recovery },
    async run({ input, stage, map }) {
      const { prospects: file, key, onBadRow, sheet, icp, model, columns, encoding } = input;
      // Options at their defaults are left out, so that runs from before they existed continue.
      const named = { ...(columns === undefined ? {} : { columns }), ...(encoding === "detect" ? {} : { encoding }) };
      const ingested = await stage("ingest", { inputs: { file, key, onBadRow, sheet, ...named } }, (context) =>
        ingestProspects(context, input),
      );
      const { prospects, names = {} } = ingested;
      const results = await map<ProspectRow, Assessment, AssessmentConfig>(
        "qualify",
        prospects,
        {
          limit: input.maxProspects,
          config: assessmentConfig(input, names),
          // Concurrency toward a model's endpoint starts at 1 and grows; rules have no endpoint to spare.
          concurrency: model === undefined ? input.concurrency : { min: 1, max: input.concurrency },
          attempts: input.attempts,
          maxErrorRate: input.maxErrorRate,
          maxFailed: input.maxFailed ?? shareOfFailed(input.maxErrorRate),
          budget: input.budgetUsd === undefined ? undefined : { usd: input.budgetUsd },
          classify: classifyModelTrouble,
        },
        makeAssess(input, apiKey, names),
      );
      const ranked = { profile: icp.profile, results };
      const ranking = await stage("rank", { inputs: ranked }, (context) =>
        rankProspects(context, { input, ranked, ingested }),
      );
      const exported = await stage("export", { inputs: ranked }, (context) =>
        exportRanking(context, { ranked, ingested, input }),
      );
      const { criteria: _criteria, ...figures } = ranking;
      const { costUsd, unpriced } = results;
      const cost = { costUsd, ...(unpriced === undefined ? {} : { unpriced }) };
      return { ...figures, ...cost, ranked: exported.csv, rankedXlsx: exported.xlsx, rankedJson: exported.json };
    },
  });
}

/** The engine reads numbers from 1 up as counts, so a share of 1 means no limit. */
function shareOfFailed(share: number): number {
  return share < 1 ? share : Number.MAX_SAFE_INTEGER;
}
