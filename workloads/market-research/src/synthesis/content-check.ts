/**
 * The gate of stage 4, used again by stage 4a: checks that every claim has a citation that supports it.
 *
 * A claim is supported if each of its references is listed and refers to a passage or fact of the research, and one of
 * them contains the claim word for word. A model's claims are not word for word: there, every number must occur at a
 * cited place, and a few of the words. That catches invented figures and random citations, but not a wrong conclusion.
 * Judges only the text of synthesis.md, against research-raw.json.
 */

import { collapse, cosine, countTerms, DUPLICATE_COSINE, inventedNumbers } from "@holdfast/workload-kit/sources";
import type { Violation } from "../errors.js";
import type { Research } from "../research.js";
import { SECTIONS } from "../retrieval/sections.js";
import { type ClaimLine, COUNTRY_SECTION, labelOfFact, labelOfPassage, parseSynthesis } from "./synthesis.js";

/** Every claim, not most of them: one invented figure ruins a deck. */
export const COVERAGE_THRESHOLD = 1;

/** The content of content-check.json. */
export interface ContentCheck {
  method: "local";
  passed: boolean;
  /** Share of supported claims, 0 to 1; 0 if there is no claim, or none on the industry although passages were found. */
  score: number;
  threshold: number;
  claims: number;
  supported: number;
  /** Violations that make the check fail. */
  violations: Violation[];
  /** Duplicates that stage 4a removes but no gate fails for. */
  duplicates: Violation[];
}

/** How a claim must agree with its source: "numbers" for claims written by a model. Country facts are always verbatim. */
export type SupportRule = "verbatim" | "numbers";

/** Minimum number of content words that a written claim shares with its source; all of them if it has fewer. */
const SHARED_TERMS_MIN = 2;

/** Returns the evidence in the research: the verbatim texts behind each citation label. */
export function evidenceOf(research: Research): Map<string, string[]> {
  const evidence = new Map<string, string[]>();
  const add = (label: string, text: string) => evidence.set(label, [...(evidence.get(label) ?? []), collapse(text)]);
  for (const fact of research.facts) add(labelOfFact(fact), fact.text);
  for (const section of research.sections)
    for (const passage of section.passages) add(labelOfPassage(passage), passage.text);
  return evidence;
}

/** Judges a synthesis. Pure: the same text and research give the same verdict. */
export function checkContent(markdown: string, research: Research, rule: SupportRule = "verbatim"): ContentCheck {
  const synthesis = parseSynthesis(markdown);
  const labels = new Map(synthesis.references.map(({ id, label }) => [id, label]));
  const evidence = evidenceOf(research);
  const claims = synthesis.sections.flatMap((section) => section.claims);
  const violations = synthesis.sections.flatMap((section) => {
    const agrees = rule === "numbers" && section.title !== COUNTRY_SECTION ? judgeWritten : judgeQuoted;
    return section.claims.flatMap((claim) => judgeClaim(claim, labels, evidence, agrees));
  });
  const unsupported = violations.length; // at most one violation per claim
  for (const title of [COUNTRY_SECTION, ...SECTIONS.map((section) => section.title)]) {
    if (synthesis.sections.some((section) => section.title === title)) continue;
    violations.push({ rule: "missing-section", where: "synthesis", message: `section "${title}" is missing` });
  }
  for (const section of synthesis.sections) {
    if (section.claims.length > 0 || section.notes.length > 0) continue;
    violations.push({
      rule: "silent-section",
      where: section.title,
      message: "has neither a claim nor a note that says why",
    });
  }
  if (claims.length === 0)
    violations.push({ rule: "no-claims", where: "synthesis", message: "there is no claim to deliver" });
  const found = research.sections.reduce((sum, section) => sum + section.passages.length, 0);
  const isLost =
    found > 0 && synthesis.sections.every(({ title, claims }) => title === COUNTRY_SECTION || claims.length === 0);
  if (isLost) {
    // Quoted country facts are always supported, so a report without a claim on the industry would pass by them alone.
    const message = `no claim on the industry is left, though the sources hold ${found} passages for it`;
    violations.push({ rule: "claims-lost", where: "synthesis", message });
  }
  const score = claims.length === 0 || isLost ? 0 : (claims.length - unsupported) / claims.length;
  return {
    method: "local",
    passed: score >= COVERAGE_THRESHOLD && violations.length === 0,
    // Rounded down, so that 0.9999 never looks like a pass.
    score: Math.floor(score * 10_000) / 10_000,
    threshold: COVERAGE_THRESHOLD,
    claims: claims.length,
    supported: claims.length - unsupported,
    violations,
    duplicates: findDuplicates(claims),
  };
}

function judgeClaim(
  claim: ClaimLine,
  labels: ReadonlyMap<string, string>,
  evidence: ReadonlyMap<string, string[]>,
  agrees: (text: string, sources: readonly string[]) => { rule: string; problem: string } | null,
): Violation[] {
  const where = `line ${claim.line}`;
  const shown = claim.text.length > 80 ? `${claim.text.slice(0, 79)}…` : claim.text;
  if (claim.refs.length === 0) return [{ rule: "uncited", where, message: `"${shown}" carries no citation` }];
  for (const ref of claim.refs) {
    const label = labels.get(ref);
    if (label === undefined) return [{ rule: "unresolved", where, message: `[^${ref}] is not among the references` }];
    if (!evidence.has(label))
      return [{ rule: "unresolved", where, message: `[^${ref}] points to ${label}, which the research does not hold` }];
  }
  const places = claim.refs.map((ref) => labels.get(ref) ?? "");
  const fault = agrees(
    collapse(claim.text),
    places.flatMap((label) => evidence.get(label) ?? []),
  );
  return fault === null
    ? []
    : [{ rule: fault.rule, where, message: `"${shown}" ${fault.problem} at ${places.join(", ")}` }];
}

function judgeQuoted(text: string, sources: readonly string[]): { rule: string; problem: string } | null {
  return sources.includes(text) ? null : { rule: "not-verbatim", problem: "does not stand so" };
}

function judgeWritten(text: string, sources: readonly string[]): { rule: string; problem: string } | null {
  const invented = inventedNumbers(text, sources);
  if (invented.length > 0)
    return { rule: "invented-number", problem: `has ${invented.join(", ")}, which does not stand` };
  const known = new Set(sources.flatMap((source) => [...countTerms(source).keys()]));
  const terms = [...countTerms(text).keys()];
  const shared = terms.filter((term) => known.has(term)).length;
  return shared >= Math.min(SHARED_TERMS_MIN, terms.length)
    ? null
    : { rule: "off-source", problem: "speaks of something else than what stands" };
}

/** Returns claims that repeat an earlier one, by the terms they share. */
export function findDuplicates(claims: readonly ClaimLine[]): Violation[] {
  const terms = claims.map((claim) => countTerms(claim.text));
  const found: Violation[] = [];
  for (const [index, claim] of claims.entries()) {
    const at = claims.findIndex((_, before) => before < index && isRepeat(terms[before], terms[index]));
    if (at < 0) continue;
    found.push({ rule: "duplicate", where: `line ${claim.line}`, message: `repeats line ${claims[at]?.line}` });
  }
  return found;
}

function isRepeat(a: ReadonlyMap<string, number> | undefined, b: ReadonlyMap<string, number> | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  // Figures decide: "in 2005" and "in 2015" are two claims, however similar the words.
  const figures = (terms: ReadonlyMap<string, number>) =>
    [...terms.keys()]
      .filter((term) => /\d/.test(term))
      .sort()
      .join(" ");
  return figures(a) === figures(b) && cosine(a, b) >= DUPLICATE_COSINE;
}
