/** Schemas of signals to runs, and of questions to people. */
import { z } from "zod";
import { callerName, count, instant, queryCount, runId } from "./scalars.js";

export const signalParams = z.strictObject({ runId, name: z.string().min(1).max(200) });

export const signalBody = z.strictObject({
  payload: z.unknown().optional().meta({ description: "A value that the signal's schema accepts. Default: null." }),
});

export const signalSent = z.looseObject({
  runId: z.string(),
  signal: z.string(),
  outcome: z.enum(["consumed", "kept"]).meta({
    description: "`consumed`: a wait took it. `kept`: it lies there for the next wait of its name.",
  }),
});

/** An open question, with all that a form needs. */
export const ask = z.looseObject({
  runId: z.string(),
  workflow: z.string(),
  owner: z.string().nullable(),
  name: z.string(),
  attempt: count.meta({ description: "A question that is asked again is another attempt." }),
  title: z.string(),
  details: z
    .union([z.string(), z.looseObject({ stage: z.string(), attempt: count, name: z.string() })])
    .nullable()
    .meta({ description: "A text, or a file of the run." }),
  schema: z.unknown().meta({ description: "JSON Schema of the answer; null if it has none." }),
  to: z.array(z.string()).meta({ description: "`role:<role>` or `user:<id>`; empty: who may act on the run." }),
  askedAt: instant,
  dueAt: instant.nullable().meta({ description: "When it can no longer be answered; null: never." }),
  mayAnswer: z.boolean().meta({ description: "Whether the caller may answer it." }),
});

export const askPage = z.looseObject({ rows: z.array(ask) });

export const asksQuery = z.strictObject({
  runId: runId.optional(),
  owner: callerName.optional(),
  limit: queryCount(1, 1_000).optional(),
});

export const answerBody = z.strictObject({
  value: z.unknown().optional().meta({ description: "A value that the question's schema accepts. Default: null." }),
  note: z.string().max(2_000).optional().meta({ description: "Why, for the history and the audit log." }),
  attempt: z.number().int().min(1).optional().meta({ description: "Attempt that was seen. Default: the open one." }),
});

export const answered = z.looseObject({ runId: z.string(), question: z.string() });

export type SignalBody = z.output<typeof signalBody>;
export type AnswerBody = z.output<typeof answerBody>;
export type Ask = z.output<typeof ask>;
