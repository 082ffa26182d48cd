// The answer about one narrative, from a model, the lexicon or a trained classifier. The shape differs between tasks
// only in the name of its first field (`ipv_detected`, `spam_detected`), so that an exported row says what it answers.
// Everything after classification reads it through `readVerdict`.
import { z } from "zod";

export const TASKS = ["ipv", "spam"] as const;
/** The question about each narrative: intimate-partner violence, or unsolicited bulk mail. */
export type Task = (typeof TASKS)[number];

/** Increment it when the meaning or the shape of a verdict changes, so that recorded verdicts count as stale. */
export const VERDICT_SCHEMA_VERSION = "1";

/** A rambling model must not fill the database: longer answers are invalid, and requested once more. */
const RATIONALE_CHARS_MAX = 4_000;
const INDICATOR_CHARS_MAX = 400;
const INDICATORS_MAX = 50;

const judgement = {
  confidence: z.number().min(0).max(1).describe("Confidence in the answer given, from 0 to 1."),
  indicators: z
    .array(z.string().min(1).max(INDICATOR_CHARS_MAX))
    .max(INDICATORS_MAX)
    .describe("Short quotes from the text that support the answer; empty when there are none."),
  rationale: z.string().max(RATIONALE_CHARS_MAX).describe("One or two sentences: why."),
};

/** The answer to "does this narrative describe intimate-partner violence?". */
export const ipvVerdictSchema = z.strictObject({
  ipv_detected: z.boolean().describe("True when the text describes intimate-partner violence in the case."),
  ...judgement,
});
export type IpvVerdict = z.infer<typeof ipvVerdictSchema>;

/** The answer to "is this mail spam?". */
export const spamVerdictSchema = z.strictObject({
  spam_detected: z.boolean().describe("True when the text is unsolicited bulk mail."),
  ...judgement,
});
export type SpamVerdict = z.infer<typeof spamVerdictSchema>;

export const VERDICT_SCHEMAS = { ipv: ipvVerdictSchema, spam: spamVerdictSchema } as const;
export type Verdict = IpvVerdict | SpamVerdict;

/** The fields that every task shares, with the answer under one name. */
export interface ReadVerdict {
  readonly detected: boolean;
  readonly confidence: number;
  readonly indicators: readonly string[];
  readonly rationale: string;
}

/** Reads a verdict of either task under common names. */
export function readVerdict(verdict: Verdict): ReadVerdict {
  const { confidence, indicators, rationale } = verdict;
  const detected = "ipv_detected" in verdict ? verdict.ipv_detected : verdict.spam_detected;
  return { detected, confidence, indicators, rationale };
}

/** Returns the JSON Schema for a model that supports structured output (draft 2020-12, no unknown properties). */
export function verdictJsonSchema(task: Task): Record<string, unknown> {
  return z.toJSONSchema(VERDICT_SCHEMAS[task]) as Record<string, unknown>;
}
