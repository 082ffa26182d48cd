// Prompt templates: `{{name}}` placeholders filled from one narrative. Invariants: filled in one pass, so a narrative
// that itself contains `{{…}}` is never expanded; the manual label is not a placeholder, so no template can leak it; an
// unknown placeholder is found when the file is read.
import { fence, neutralizeTags } from "@holdfast/models";

/** Placeholders of a template. The label is missing on purpose: a prompt must not contain the answer. */
export const PLACEHOLDERS = ["narrative", "narrative_type", "narrative_type_title", "case_key"] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Titles of the built-in types. A type of the user's own is shown by its name. */
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
/** A tag in a template, which delimits text there. */
const TAG_PATTERN = /<\/?([a-z][\w.-]*)/gi;

/** Returns the title of a narrative type, for people and models; the type's own name if it has none. */
function typeTitle(type: string): string {
  return TYPE_TITLES[type] ?? type;
}

/** Returns the placeholder names in a template that no narrative can fill, each once, in order of appearance. */
export function unknownPlaceholders(template: string): string[] {
  const known = new Set<string>(PLACEHOLDERS);
  const names = [...template.matchAll(PLACEHOLDER_PATTERN)].map((match) => match[1] ?? "");
  return [...new Set(names.filter((name) => !known.has(name)))];
}

/** Returns whether the template uses a placeholder. */
export function usesPlaceholder(template: string, name: Placeholder): boolean {
  return [...template.matchAll(PLACEHOLDER_PATTERN)].some((match) => match[1] === name);
}

/**
 * Fills a prompt with one narrative.
 *
 * The text is untrusted. The template's tags are neutralized within the text, so that no text can close its own. In a
 * template without tags, the text is placed between tags with a boundary that it cannot contain. Rely on the checked
 * output schema as well.
 *
 * @throws {RangeError} if a placeholder is unknown, which never happens in a configuration read by `parseConfig`.
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
