/**
 * Declared stages: names, patterns, titles, order. A declaration may be a pattern ("year-*"), whose members rank in the
 * order of their calls. `attempt.ts` has what stages record.
 */
import { checkStageName } from "./ids.js";

/** Purpose of a stage: the work itself, a review of it, or a gate that judges it. Only displayed; no decision depends on it. */
export type StageKind = "primary" | "review" | "gate";

/** A declared stage or pattern, with all defaults filled in. */
export interface StageDeclaration {
  /** A name, or a pattern in which `*` stands for any sequence of characters. */
  readonly name: string;
  /** Display title. Default: the name. */
  readonly title: string;
  /** Purpose of the stage. Default: `primary`. */
  readonly kind: StageKind;
}

/** One entry of a declared list: a plain name or an object. */
export type StageDeclarationInput =
  | string
  | {
      /** Name of the stage, or a pattern ("year-*") for several. */
      readonly name: string;
      /** Display title. Default: the name. */
      readonly title?: string | undefined;
      /** Purpose of the stage. Default "primary". */
      readonly kind?: StageKind | undefined;
    };

/** Fills in titles and kinds, and checks every name. @throws {StageNameInvalidError} for a name that cannot be a folder. */
export function normalizeStages(declared: readonly StageDeclarationInput[]): readonly StageDeclaration[] {
  return declared.map((entry) => {
    const given = typeof entry === "string" ? { name: entry } : entry;
    checkStageName(given.name.replaceAll("*", "x"));
    return { name: given.name, title: given.title ?? given.name, kind: given.kind ?? "primary" };
  });
}

/** Returns whether the declaration stands for several stages. */
export function isPattern(declaration: StageDeclaration): boolean {
  return declaration.name.includes("*");
}

/** Returns the position of `stage` in the declared list, preferring an exact name to a pattern; -1 if undeclared. */
export function rankOf(stage: string, declared: readonly StageDeclaration[]): number {
  const exact = declared.findIndex((declaration) => declaration.name === stage);
  if (exact >= 0) return exact;
  return declared.findIndex((declaration) => isPattern(declaration) && matches(stage, declaration.name));
}

function matches(stage: string, pattern: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`).test(stage);
}
