// Answers of the server's "model": a deterministic reading of the prompt, shaped by the requested JSON schema. For
// incident narratives it judges intimate-partner violence by words in the same sentence; for any other schema it fills
// each property by type. A stand-in for a model in tests, not a classifier to draw conclusions from.
import { drawFraction } from "./faults.js";

export interface ModelRequest {
  readonly api: "chat" | "messages";
  readonly model: string;
  readonly system: string;
  /** The first user message: the question, even if this request repairs an earlier answer. */
  readonly prompt: string;
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** The requested schema, if there was one. */
  readonly schema: JsonSchema | null;
  readonly wantsJson: boolean;
  readonly key: string;
  readonly n: number;
}
export type JsonSchema = { readonly [key: string]: unknown };

export type AnswerFn = (request: ModelRequest) => object | Promise<object>;

/** The default answer. */
export function answerByReading(request: ModelRequest): object {
  const verdict = judgeNarrative(narrativeIn(request.prompt));
  if (request.schema === null) return verdict;
  const filled = fillSchema(request.schema, verdict, request.prompt);
  return typeof filled === "object" && filled !== null ? filled : { answer: filled };
}

export interface NarrativeVerdict {
  readonly ipv_detected: boolean;
  readonly confidence: number;
  readonly indicators: readonly string[];
  readonly rationale: string;
}

const PARTNER = /\b(?:ex-?)?(?:husband|wife|boyfriend|girlfriend|spouse|partner|fianc[eé]e?|lover)s?\b/i;
const VIOLENCE =
  /\b(?:shot|shoot|stabb\w+|strangl\w+|beat(?:en|ing)?|assault\w*|threaten\w*|abus\w+|violen\w+|attack\w*|chok\w+|kill\w*|hit|punch\w*|stalk\w*)\b/i;
const NEGATION = /\b(?:no|not|never|without|denied|denies|unrelated)\b/i;

/** Finds partner and violence in one sentence, not negated. */
export function judgeNarrative(text: string): NarrativeVerdict {
  const indicators: string[] = [];
  let negated = 0;
  for (const sentence of text.split(/(?<=[.!?])\s+/)) {
    const partner = PARTNER.exec(sentence);
    const violence = VIOLENCE.exec(sentence);
    if (!partner || !violence) continue;
    if (NEGATION.test(sentence)) negated += 1;
    else indicators.push(`${violence[0].toLowerCase()} / ${partner[0].toLowerCase()}`);
  }
  const detected = indicators.length > 0;
  const confidence = detected ? Math.min(0.99, 0.7 + 0.1 * indicators.length) : negated > 0 ? 0.6 : 0.9;
  const rationale = detected
    ? `${indicators.length} sentence(s) name violence and a partner.`
    : `No sentence names violence and a partner${negated > 0 ? ` without negating it (${negated} negated)` : ""}.`;
  return { ipv_detected: detected, confidence, indicators: indicators.slice(0, 5), rationale };
}

/**
 * Returns the narrative within the prompt: between <narrative> tags or triple quotes, or after "Narrative:", otherwise
 * the whole prompt.
 */
function narrativeIn(prompt: string): string {
  const tagged = /<narrative>([\s\S]*?)<\/narrative>/i.exec(prompt) ?? /"""([\s\S]*?)"""/.exec(prompt);
  return (tagged?.[1] ?? /narrative:\s*([\s\S]*)/i.exec(prompt)?.[1] ?? prompt).trim();
}

/** Returns a value that matches the schema: properties of the verdict by name, the others by type and the prompt's hash. */
function fillSchema(schema: JsonSchema, verdict: NarrativeVerdict, prompt: string, name = ""): unknown {
  if ("const" in schema) return schema.const;
  const options = Array.isArray(schema.enum) ? (schema.enum as unknown[]) : null;
  if (options) return options[Math.floor(drawFraction(prompt, name) * options.length)];
  const variants = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (Array.isArray(variants) && variants[0]) return fillSchema(variants[0], verdict, prompt, name);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  const known = (verdict as unknown as Record<string, unknown>)[name];
  if (known !== undefined && fits(known, type)) return known;
  switch (type) {
    case "object": {
      const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
      return Object.fromEntries(
        Object.entries(properties).map(([key, child]) => [key, fillSchema(child, verdict, prompt, key)]),
      );
    }
    case "array": {
      const count = Math.max(1, Number(schema.minItems ?? 1));
      return Array.from({ length: count }, (_, at) =>
        fillSchema((schema.items ?? {}) as JsonSchema, verdict, prompt, `${name}.${at}`),
      );
    }
    case "boolean":
      return drawFraction(prompt, name) < 0.5;
    case "integer":
      return Math.round(numberWithin(schema, drawFraction(prompt, name)));
    case "number":
      return Math.round(numberWithin(schema, drawFraction(prompt, name)) * 1000) / 1000;
    case "null":
      return null;
    default:
      return sentenceFor(prompt, name)
        .slice(0, Number(schema.maxLength ?? 200))
        .padEnd(Number(schema.minLength ?? 0), ".");
  }
}

function fits(value: unknown, type: unknown): boolean {
  if (type === "array") return Array.isArray(value);
  return typeof value === (type === "integer" ? "number" : type);
}

function numberWithin(schema: JsonSchema, fraction: number): number {
  const low = Number(schema.minimum ?? schema.exclusiveMinimum ?? 0);
  const high = Number(schema.maximum ?? schema.exclusiveMaximum ?? Math.max(low + 1, 1));
  // Slightly inside, so that exclusive bounds hold too.
  return low + (0.05 + 0.9 * fraction) * (high - low);
}

function sentenceFor(prompt: string, name: string): string {
  const sentences = narrativeIn(prompt).split(/(?<=[.!?])\s+/);
  return sentences[Math.floor(drawFraction(prompt, name) * sentences.length)] ?? "";
}
