/**
 * Asking the model from within a stage: each question once per run, its answer kept, its cost counted.
 *
 * An answer is saved as the stage's checkpoint before it is used, so a stage that is paused by a rate limit between two
 * questions goes on with the second and pays for the first once. Retries and pauses are the engine's.
 */
import { createHash } from "node:crypto";
import { type ApiKey, type ModelSettings, type OutputSchema, openModel } from "@holdfast/models";
import type { StageContext } from "holdfast";
import { z } from "zod";
import { addUse, type ModelUse } from "./usage.js";

export interface Asked<T> {
  /** Short and unique within the stage: part of the idempotency key. */
  name: string;
  system: string;
  prompt: string;
  schema: OutputSchema<T>;
}

export interface Asker {
  ask<T>(asked: Asked<T>): Promise<T>;
  /** What the answers used so far cost, those kept from before a pause included. */
  use(): ModelUse;
}

const keptAnswers = z.record(
  z.string(),
  z.object({
    text: z.string(),
    calls: z.number(),
    costUsd: z.number().nullable(),
    usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).nullable(),
  }),
);
type KeptAnswers = z.infer<typeof keptAnswers>;

/** Null where the run has no model. @throws {ModelCallError} of category auth — the variable of the key is not set. */
export function openAsker(stage: StageContext, settings: ModelSettings | undefined, apiKey: ApiKey): Asker | null {
  if (settings === undefined) return null;
  const client = openModel(settings, apiKey);
  let kept: KeptAnswers | null = null;
  let used: ModelUse = { name: settings.name, calls: 0, costUsd: 0, usage: { inputTokens: 0, outputTokens: 0 } };
  const useOf = ({ calls, costUsd, usage }: Omit<ModelUse, "name">) => ({ name: settings.name, calls, costUsd, usage });
  return {
    use: () => used,
    async ask(asked) {
      const { name, system, prompt, schema } = asked;
      kept ??= keptAnswers.safeParse(await stage.checkpoint.get()).data ?? {};
      // With the question's hash: a restart may have changed what the question rests on.
      const key = `${name}:${createHash("sha256").update(`${system}\0${prompt}`).digest("hex").slice(0, 16)}`;
      const before = kept[key];
      const checked = before && (await schema["~standard"].validate(JSON.parse(before.text)));
      if (before !== undefined && checked !== undefined && checked.issues === undefined) {
        used = addUse(used, useOf(before));
        return checked.value;
      }
      const answer = await client.generate({
        system,
        prompt,
        schema,
        signal: stage.signal,
        idempotencyKey: `${stage.idempotencyKey}:${name}`,
        onCall: (call) => stage.logCall({ question: name, ...call }),
      });
      const { usage } = answer;
      const tokens = usage === null ? null : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
      const cost = { calls: answer.calls.length, costUsd: answer.costUsd, usage: tokens };
      kept = { ...kept, [key]: { text: JSON.stringify(answer.value), ...cost } };
      await (stage as StageContext<KeptAnswers>).checkpoint.save(kept);
      used = addUse(used, useOf(cost));
      return answer.value;
    },
  };
}
