// Messages and headers of a call and of its repair. Pure.
import type { LanguageModelV3Prompt } from "@ai-sdk/provider";
import type { CallRequest } from "./call.js";
import type { CallRecord } from "./call-record.js";
import type { PromptText } from "./generate.js";
import { fitsStrictMode, type JsonSchema, repairInstruction, schemaInstruction } from "./structured.js";

/** `told`: the schema to state in the prompt, if the endpoint cannot enforce one. */
export function firstPrompt(request: PromptText, told: JsonSchema | undefined): LanguageModelV3Prompt {
  const system = [request.system, told === undefined ? undefined : schemaInstruction(told)].filter(
    (part) => part !== undefined,
  );
  return [
    ...(system.length === 0 ? [] : [{ role: "system" as const, content: system.join("\n\n") }]),
    { role: "user", content: [{ type: "text", text: request.prompt }] },
  ];
}

export function repairPrompt(
  prompt: LanguageModelV3Prompt,
  answer: string,
  problems: readonly string[],
): LanguageModelV3Prompt {
  return [
    ...prompt,
    { role: "assistant", content: [{ type: "text", text: answer }] },
    { role: "user", content: [{ type: "text", text: repairInstruction(problems) }] },
  ];
}

function textOf(prompt: LanguageModelV3Prompt): string {
  const contents = prompt.map(({ content }) =>
    typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join(""),
  );
  return contents.join("\n");
}

/** Returns all text that a request sends and a provider counts: the messages, and the schema if it goes beside them. */
export function sentText(prompt: LanguageModelV3Prompt, format: CallRequest["format"]): string {
  const schema = format.type === "json" ? format.schema : undefined;
  return schema === undefined ? textOf(prompt) : `${textOf(prompt)}\n${JSON.stringify(schema)}`;
}

/**
 * Returns the requested answer format. `schema` is null for plain text, and undefined if it is not available as JSON
 * Schema.
 */
export function formatFor(
  schema: JsonSchema | undefined | null,
  structured: boolean,
  provider: string,
): CallRequest["format"] {
  if (schema === null) return { type: "text" };
  if (structured && schema !== undefined) return { type: "json", schema, strict: fitsStrictMode(schema) };
  // Anthropic has no JSON mode without a schema; its adapter would warn at each call.
  return provider.startsWith("anthropic") ? { type: "text" } : { type: "json", strict: false };
}

/** A repair is another request with another body, so it needs another `idempotency-key`. The key of the item stays the same. */
export function keyHeaders(key: string | undefined, purpose: CallRecord["purpose"]): Record<string, string> {
  if (key === undefined) return {};
  return { "idempotency-key": purpose === "ask" ? key : `${key}:repair`, "x-idempotency-key": key };
}
