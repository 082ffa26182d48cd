// Judges one prospect: every criterion, by rules if its kind has some, and free-text ones by the model or its local
// stand-in. The map decides which prospects, how many at once, and what is recorded. The ranking weighs the judgments,
// so new weights or tiers need no new call.
import { type ApiKey, createLimiter, type Limiter, limiterOutcomeOf, type ModelClient } from "@holdfast/models";
import type { ItemContext } from "holdfast";
import { type Judgement, unknown } from "../criteria/judgement.js";
import { type CriterionJudge, isFailedMustHave, judgeOf } from "../criteria/judges.js";
import { LOCAL_TEXT_VERSION } from "../criteria/local-text.js";
import type { LeadQualificationInput } from "../input.js";
import {
  type Answer,
  answerSchema,
  askable,
  QUESTION_VERSION,
  questionFor,
  readAnswer,
  SYSTEM,
  type TextCriterion,
} from "../model/question.js";
import { answeringPart, type ModelSettings, openJudge } from "../model/settings.js";
import type { Criterion, Profile } from "../profile/schema.js";
import { textOf } from "../prospect/cells.js";
import { type ColumnNames, underNames } from "../prospect/columns.js";
import type { ProspectRow } from "../prospect/row.js";
import type { Assessment } from "../score/assessment.js";

/** Increment it when a rule judges differently, so that recorded assessments count as stale. */
const RULES_VERSION = "2";

/** Everything besides the row that an assessment depends on: no weights, no tiers, no pace. */
export function assessmentConfig({ icp, model, company }: LeadQualificationInput, names: ColumnNames = {}) {
  const criteria = icp.profile.criteria.map(({ weight: _weight, unknown: _unknown, ...judging }) => judging);
  const hasText = icp.profile.criteria.some(({ kind }) => kind === "text");
  return {
    criteria,
    company,
    // Absent if the file uses the profile's names, as before names could differ.
    ...(Object.keys(names).length === 0 ? {} : { names }),
    rules: RULES_VERSION,
    text: !hasText
      ? null
      : model === undefined
        ? { method: "local", version: LOCAL_TEXT_VERSION }
        : { method: "model", version: QUESTION_VERSION, ...answeringPart(model) },
  };
}

export type AssessmentConfig = ReturnType<typeof assessmentConfig>;
export type Assess = (row: ProspectRow, context: ItemContext<AssessmentConfig>) => Assessment | Promise<Assessment>;

export function makeAssess(input: LeadQualificationInput, apiKey: ApiKey, names: ColumnNames = {}): Assess {
  const assess = makeAssessNamed(input, apiKey);
  return (row, context) => assess(underNames(row, names), context);
}

function makeAssessNamed(input: LeadQualificationInput, apiKey: ApiKey): Assess {
  const { criteria } = input.icp.profile;
  const texts = criteria.filter((criterion): criterion is TextCriterion => criterion.kind === "text");
  if (input.model !== undefined && texts.length > 0) return modelAssess(input, input.model, texts, apiKey);
  const judges = criteria.map((criterion) => [criterion, judgeOf(criterion)] as const);
  return (row) => ({
    company: textOf(row, input.company),
    method: texts.length > 0 && askable(texts, row).length > 0 ? "local" : "rules",
    judgements: judgeAll(judges, row),
  });
}

function judgeAll(
  judges: readonly (readonly [Criterion, CriterionJudge])[],
  row: ProspectRow,
): Record<string, Judgement> {
  return Object.fromEntries(judges.map(([{ id }, judge]) => [id, judge(row)]));
}

function modelAssess(
  input: LeadQualificationInput,
  settings: ModelSettings,
  texts: readonly TextCriterion[],
  apiKey: ApiKey,
): Assess {
  const { profile } = input.icp;
  const rules = profile.criteria.filter(({ kind }) => kind !== "text").map((one) => [one, judgeOf(one)] as const);
  const limiter = makeLimiter(input);
  let made: ModelClient | null = null;
  return async (row, context) => {
    made ??= openJudge(settings, apiKey);
    const judgements = judgeAll(rules, row);
    const company = textOf(row, input.company);
    const failed = rules.find(([criterion]) => isFailedMustHave(criterion, judgements[criterion.id]?.fit ?? null));
    const asked = failed === undefined ? askable(texts, row) : [];
    if (asked.length === 0) {
      const why = failed === undefined ? "there is no text to judge by" : `not asked, since ${failed[0].id} failed`;
      for (const { id } of texts) judgements[id] = unknown(why);
      return { company, method: "rules", judgements: inOrder(profile, judgements) };
    }
    const answered = await ask(made, { asked, row, input, limiter, context });
    for (const { id } of texts) {
      const isAsked = asked.some((one) => one.id === id);
      judgements[id] = isAsked ? readAnswer(answered.answer, id) : unknown("there is no text to judge by");
    }
    const { model, repairs } = answered;
    const by = { method: "model" as const, model, ...(repairs.length === 0 ? {} : { repairs }) };
    return { company, ...by, judgements: inOrder(profile, judgements) };
  };
}

interface Question {
  readonly asked: readonly TextCriterion[];
  readonly row: ProspectRow;
  readonly input: LeadQualificationInput;
  readonly limiter: Limiter | null;
  readonly context: ItemContext<AssessmentConfig>;
}

interface Answered {
  readonly answer: Answer;
  readonly model: string;
  readonly repairs: readonly string[];
}

async function ask(model: ModelClient, { asked, row, input, limiter, context }: Question): Promise<Answered> {
  const { spend, signal, idempotencyKey, logCall } = context;
  const request = { system: SYSTEM, prompt: questionFor(asked, row, input.company), schema: answerSchema(asked) };
  const isLimited = input.budgetUsd !== undefined;
  const reserveUsd = isLimited ? model.reserveUsd(request, { withRepair: false }) : model.price === null ? null : 0;
  const permit = await limiter?.acquire(model.reserveTokens(request), signal);
  try {
    const answered = await spend(reserveUsd, async (reserve) => {
      const onCall = (call: object) => logCall({ ...call });
      const result = await model.generate({ ...request, signal, idempotencyKey, onCall, reserve });
      const { value: answer, repairs, costUsd, usage, usdSource } = result;
      return {
        value: { answer, model: result.model, repairs: [...repairs] },
        usd: costUsd,
        usage: { model: result.model, ...usage, usdSource },
      };
    });
    permit?.release({ kind: "ok" });
    return answered;
  } catch (error) {
    permit?.release(limiterOutcomeOf(error));
    throw error;
  }
}

/** Limits requests per minute over all prospects in progress. The map limits how many those are. */
function makeLimiter({ requestsPerMinute: rpm, concurrency }: LeadQualificationInput): Limiter | null {
  return rpm === undefined ? null : createLimiter({ min: concurrency, max: concurrency, rpm });
}

/** In the profile's order, so that records and exports are alike. */
function inOrder({ criteria }: Profile, judgements: Readonly<Record<string, Judgement>>): Record<string, Judgement> {
  return Object.fromEntries(criteria.map(({ id }) => [id, judgements[id] as Judgement]));
}
