/**
 * Stages as declared: names, patterns, titles, order. A declaration may be a pattern ("year-*"), whose members rank
 * in the order asked. What a stage recorded lives in `attempt.ts`.
 */
import { checkStageName } from "./ids.js";

/** What a stage is for: the work itself, a review of it, or a gate that judges it. Shown, never acted upon. */
export type StageKind = "primary" | "review" | "gate";

/** A declared stage or pattern, with everything filled in. */
export interface StageDeclaration {
  /** A name, or a pattern with `*` for any run of characters. */
  readonly name: string;
  /** What people read; the name when none is given. */
  readonly title: string;
  /** What the stage is for; `primary` when none is given. */
  readonly kind: StageKind;
}

/** A declared list as given by the user: plain names or objects. */
export type StageDeclarationInput =
  | string
  | {
      /** Name of the stage, or a pattern ("year-*") for many. */
      readonly name: string;
      /** Title for people. Default: the name. */
      readonly title?: string | undefined;
      /** What it is for. Default "primary". */
      readonly kind?: StageKind | undefined;
    };

/** Fill in titles and kinds, and check every name. @throws {StageNameInvalidError} for a name that cannot be a folder. */
export function normalizeStages(declared: readonly StageDeclarationInput[]): readonly StageDeclaration[] {
  return declared.map((entry) => {
    const given = typeof entry === "string" ? { name: entry } : entry;
    checkStageName(given.name.replaceAll("*", "x"));
    return { name: given.name, title: given.title ?? given.name, kind: given.kind ?? "primary" };
  });
}

/** Whether the declaration stands for many stages. */
export function isPattern(declaration: StageDeclaration): boolean {
  return declaration.name.includes("*");
}

/** The position in the declared list that `stage` belongs to, an exact name before a pattern; -1 when undeclared. */
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
