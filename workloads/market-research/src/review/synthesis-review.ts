/** Stage 3a: measures readability and support of the synthesis. Reports only; the gate of stage 4 decides. */
import type { Research } from "../research.js";
import { checkContent, type SupportRule } from "../synthesis/content-check.js";
import { parseSynthesis } from "../synthesis/synthesis.js";
import { englishShare, type Issue, newestYear, readingEase, round, share } from "./measures.js";

/** The content of synthesis-scores.json. */
export interface SynthesisReview {
  /** "model" if a model added issues; scores are computed either way. */
  method: "local" | "model";
  scores: {
    /** Share of sections with at least one claim. */
    coverage: number;
    /** Share of claims with a citation. */
    citationCoverage: number;
    /** Share of citations that support their claim by the rule of the content check. */
    citationPrecision: number;
    /** Share of claims that do not repeat an earlier one. */
    uniqueness: number;
    /** Flesch reading ease of the claims; not between 0 and 1. */
    readingEase: number;
    /** Share of claims that name a year of the last ten, among those that name a year. */
    recency: number;
    english: number;
  };
  claims: number;
  issues: Issue[];
}

/** Below this, sentences read like contracts, and stage 6a will have to split them. */
const READING_EASE_MIN = 20;
const LONG_CLAIM_WORDS = 40;

export function reviewSynthesis(
  markdown: string,
  research: Research,
  runYear: number,
  rule: SupportRule = "verbatim",
): SynthesisReview {
  const synthesis = parseSynthesis(markdown);
  const check = checkContent(markdown, research, rule);
  const claims = synthesis.sections.flatMap((section) => section.claims);
  const texts = claims.map((claim) => claim.text);
  const cited = claims.filter((claim) => claim.refs.length > 0).length;
  const years = texts.map((text) => newestYear(text, runYear)).filter((year) => year !== null);
  const scores = {
    coverage: share(
      synthesis.sections.filter((section) => section.claims.length > 0).length,
      synthesis.sections.length,
    ),
    citationCoverage: share(cited, claims.length),
    citationPrecision: share(check.supported, cited),
    uniqueness: share(claims.length - check.duplicates.length, claims.length),
    readingEase: readingEase(texts),
    recency: years.length === 0 ? 0 : round(years.filter((year) => year >= runYear - 10).length / years.length, 3),
    english: englishShare(texts),
  };
  const issues: Issue[] = check.violations.map((one) => ({ ...one, severity: "high" }));
  issues.push(...check.duplicates.map((one) => ({ ...one, severity: "low" as const })));
  for (const section of synthesis.sections) {
    if (section.claims.length === 0)
      issues.push({
        severity: "medium",
        rule: "empty-section",
        where: section.title,
        message: section.notes.join(" "),
      });
  }
  for (const claim of claims) {
    const words = claim.text.split(" ").length;
    if (words > LONG_CLAIM_WORDS)
      issues.push({
        severity: "low",
        rule: "long-claim",
        where: `line ${claim.line}`,
        message: `${words} words; ${LONG_CLAIM_WORDS} read well on a slide`,
      });
  }
  if (texts.length > 0 && scores.readingEase < READING_EASE_MIN) {
    issues.push({
      severity: "low",
      rule: "hard-to-read",
      where: "synthesis",
      message: `reading ease ${scores.readingEase}, below ${READING_EASE_MIN}`,
    });
  }
  return { method: "local", scores, claims: claims.length, issues };
}
