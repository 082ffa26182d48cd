// Prompt templates: `{{name}}` placeholders filled from one narrative.
// Invariants: one pass, so a narrative that itself contains `{{…}}` is never expanded; the manual label is
// not a placeholder, so no template can leak it; an unknown placeholder is found when the file is read.
import { fence, neutralizeTags } from "@holdfast/models";

/** What a template may ask for. The label is left out on purpose: a prompt must not contain the answer. */
export const PLACEHOLDERS = ["narrative", "narrative_type", "narrative_type_title", "case_key"] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Titles of the types this workload ships; a type of the user's own is shown by its name. */
const TYPE_TITLES: Readonly<Record<string, string>> = {
  le: "law enforcement",
  cme: "coroner or medical examiner",
  subject: "subject line",
  body: "message body",
};

export interface PromptTemplate {
  readonly version: string;
  readonly system?: string | undefined;
  readonly template: string;
}

export interface PromptSubject {
  readonly caseKey: string;
  readonly type: string;
  readonly text: string;
}

export interface RenderedPrompt {
  readonly system: string | null;
  readonly user: string;
}

const PLACEHOLDER_PATTERN = /\{\{\s*([^{}]*?)\s*\}\}/g;
/** A tag in a template: what delimits a text there. */
const TAG_PATTERN = /<\/?([a-z][\w.-]*)/gi;

/** The title of a narrative type, for people and models; the type's own name where none is known. */
function typeTitle(type: string): string {
  return TYPE_TITLES[type] ?? type;
}

/** Placeholder names in a template that no narrative can fill, each once, in order of appearance. */
export function unknownPlaceholders(template: string): string[] {
  const known = new Set<string>(PLACEHOLDERS);
  const names = [...template.matchAll(PLACEHOLDER_PATTERN)].map((match) => match[1] ?? "");
  return [...new Set(names.filter((name) => !known.has(name)))];
}

/** Whether the template asks for a placeholder at all. */
export function usesPlaceholder(template: string, name: Placeholder): boolean {
  return [...template.matchAll(PLACEHOLDER_PATTERN)].some((match) => match[1] === name);
}

/**
 * Fill a prompt with one narrative.
 *
 * The text is untrusted. Tags of the template are no tags where they stand in a text, so that no text closes its own; a template
 * without any gets the text between tags that bear a word which the text cannot hold. Rely on the checked output schema as well.
 *
 * @throws {RangeError} when a placeholder is unknown — a configuration read by `parseConfig` never has one.
 */
export function renderPrompt(prompt: PromptTemplate, subject: PromptSubject): RenderedPrompt {
  const tags = [...`${prompt.system ?? ""}${prompt.template}`.matchAll(TAG_PATTERN)].map(([, name = ""]) => name);
  const values: Readonly<Record<Placeholder, string>> = {
    narrative: tags.length === 0 ? fence("narrative", subject.text) : subject.text,
    narrative_type: subject.type,
    narrative_type_title: typeTitle(subject.type),
    case_key: subject.caseKey,
  };
  const fill = (template: string) =>
    template.replace(PLACEHOLDER_PATTERN, (_whole, name: string) => {
      const value = (values as Readonly<Record<string, string | undefined>>)[name];
      if (value === undefined || !Object.hasOwn(values, name)) {
        throw new RangeError(
          `Prompt ${prompt.version}: placeholder {{${name}}} is unknown; use one of ${PLACEHOLDERS.join(", ")}.`,
        );
      }
      return neutralizeTags(value, tags);
    });
  return { system: prompt.system === undefined ? null : fill(prompt.system), user: fill(prompt.template) };
}
