// The model's client of a run, and what its errors mean for the map.
import {
  classifyModelError,
  createModel,
  ModelCallError,
  type ModelClient,
  ModelConfigError,
  type PriceRow,
} from "@holdfast/models";
import type { Verdict } from "holdfast";
import type { ApiKey, ModelSettings } from "./settings.js";

/** @throws {ModelCallError} of category auth — the named variable is not set: no call can succeed, so none is made. */
export function openModel(settings: ModelSettings, apiKey: ApiKey): ModelClient {
  const { apiKeyEnv, price, structuredOutput, ...options } = settings;
  const key = apiKeyEnv === undefined ? undefined : apiKey(apiKeyEnv);
  if (apiKeyEnv !== undefined && (key ?? "") === "") {
    const reason = `The environment variable ${apiKeyEnv}, which the run's input names, is not set.`;
    throw new ModelCallError({ category: "auth", model: settings.name, reason });
  }
  const prices = price === undefined ? [] : [ownPrice(settings.name, price)];
  return createModel({ ...options, apiKey: key, structured: structuredOutput, prices });
}

function ownPrice(model: string, { inputUsd, outputUsd }: { inputUsd: number; outputUsd: number }): PriceRow {
  return { model, inputUsdPerMTok: inputUsd, outputUsdPerMTok: outputUsd, asOf: "", source: "the run's model.price" };
}

/** Limits, quota and keys pause the run, and so do options that make no client, instead of failing every prospect. */
export function classifyQualifying(error: unknown): Verdict | undefined {
  if (error instanceof ModelConfigError) return { then: "pause", category: "model_config" };
  return classifyModelError(error);
}
