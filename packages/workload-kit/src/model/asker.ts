/**
 * Model questions from within a stage. Each question is asked once per run; its answer is saved and its cost counted.
 *
 * An answer is saved in the stage's checkpoint before it is used. A stage paused by a rate limit between two questions
 * continues with the second and pays for the first once. The engine makes retries and pauses.
 */
import { createHash } from "node:crypto";
import {
  type ApiKey,
  ModelCallError,
  type ModelSettings,
  type OutputSchema,
  openModel,
  type ReserveRequest,
} from "@holdfast/models";
import type { StageContext } from "holdfast";
import { addUsd } from "holdfast/extend";
import { z } from "zod";
import { addUse, type ModelUse } from "./usage.js";

export interface Asked<T> {
  /** Short name, unique within the stage; part of the idempotency key. */
  name: string;
  system: string;
  prompt: string;
  schema: OutputSchema<T>;
}

export interface Asker {
  ask<T>(asked: Asked<T>): Promise<T>;
  /** Usage and cost of the answers used so far, including those from before a pause. */
  use(): ModelUse;
}

/** Checkpoint of a stage that asks: answers by question, and the possible cost of calls without an answer. */
const keptAnswers = z.record(
  z.string(),
  z.object({
    /** The answer as JSON; null if the call is in progress, was cut off, or failed. */
    text: z.string().nullable(),
    calls: z.number(),
    /** US dollars. For a call without an answer, the maximum it may cost, until the cost is known. */
    costUsd: z.number().nullable(),
    usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).nullable(),
  }),
);
type KeptAnswers = z.infer<typeof keptAnswers>;

export interface AskerOptions {
  /** Maximum cost of all questions of the stage, over all its attempts, in US dollars. Default: no limit. */
  readonly budgetUsd?: number | undefined;
  /** Ends a call early, in addition to the stage's own signal. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/** The next question might cost more than is left, so it was not asked. */
export class BudgetUsedUpError extends Error {
  readonly code = "BUDGET_USED_UP";
  override readonly name = "BudgetUsedUpError";
  constructor(readonly details: { budgetUsd: number; spentUsd: number; neededUsd: number }) {
    const { spentUsd, neededUsd } = details;
    super(
      `${wordUsd(spentUsd)} were spent or may have been charged, and the next call may cost up to ${wordUsd(neededUsd)}.`,
    );
  }
}

/**
 * Opens the asker; null if the run has no model. With a budget, each call's maximum cost is saved as spent before the
 * call, so that a kill forgets nothing. @throws {ModelCallError} of category auth if the key's variable is not set.
 */
export function openAsker(
  stage: StageContext,
  settings: ModelSettings | undefined,
  apiKey: ApiKey,
  { budgetUsd, signal = stage.signal }: AskerOptions = {},
): Asker | null {
  if (settings === undefined) return null;
  const client = openModel(settings, apiKey);
  let kept: KeptAnswers | null = null;
  let used: ModelUse = { name: settings.name, calls: 0, costUsd: 0, usage: { inputTokens: 0, outputTokens: 0 } };
  const useOf = ({ calls, costUsd, usage }: Omit<ModelUse, "name">) => ({ name: settings.name, calls, costUsd, usage });
  const keep = async (key: string, value: KeptAnswers[string]) => {
    kept = { ...kept, [key]: value };
    await (stage as StageContext<KeptAnswers>).checkpoint.save(kept);
  };
  const reserve = async (key: string, request: ReserveRequest) => {
    if (budgetUsd === undefined) return;
    const neededUsd = client.reserveUsd(request);
    const spentUsd = Object.values(kept ?? {}).reduce((sum, { costUsd }) => addUsd(sum, costUsd ?? 0), 0);
    if (addUsd(spentUsd, neededUsd) > budgetUsd) throw new BudgetUsedUpError({ budgetUsd, spentUsd, neededUsd });
    await keep(key, { text: null, calls: 0, costUsd: neededUsd, usage: null });
  };
  return {
    use: () => used,
    async ask(asked) {
      const { name, system, prompt, schema } = asked;
      kept ??= keptAnswers.safeParse(await stage.checkpoint.get()).data ?? {};
      // The key contains the question's hash, since a restart may have changed what the question is based on.
      const key = `${name}:${createHash("sha256").update(`${system}\0${prompt}`).digest("hex").slice(0, 16)}`;
      const before = kept[key];
      const text = before?.text ?? null;
      const checked = text === null ? undefined : await schema["~standard"].validate(JSON.parse(text));
      if (before !== undefined && checked !== undefined && checked.issues === undefined) {
        used = addUse(used, useOf(before));
        return checked.value;
      }
      // Each attempt has its own key, so that the possible cost of an interrupted one stays counted.
      const attemptKey = `${key}#${stage.attempt}`;
      await reserve(attemptKey, { system, prompt, schema });
      try {
        const answer = await client.generate({
          system,
          prompt,
          schema,
          signal: AbortSignal.any([stage.signal, signal]),
          idempotencyKey: `${stage.idempotencyKey}:${name}`,
          onCall: (call) => stage.logCall({ question: name, ...call }),
        });
        const { usage } = answer;
        const tokens = usage === null ? null : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
        const cost = { calls: answer.calls.length, costUsd: answer.costUsd, usage: tokens };
        delete kept[attemptKey];
        await keep(key, { text: JSON.stringify(answer.value), ...cost });
        used = addUse(used, useOf(cost));
        return answer.value;
      } catch (error) {
        if (error instanceof ModelCallError && kept[attemptKey] !== undefined && !stage.signal.aborted) {
          await keep(attemptKey, { text: null, calls: error.calls.length, costUsd: error.costUsd, usage: null });
        }
        throw error;
      }
    },
  };
}

const wordUsd = (usd: number) => `$${usd.toPrecision(3)}`;
