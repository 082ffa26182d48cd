/** Stage 8a: what a person should know before the deck is delivered. Collects the run's findings; fails nothing. */
import { plural } from "holdfast/extend";
import type { DeckData } from "../deck/deck-data.js";
import type { HealthCheck } from "../deck/health-check.js";
import type { ContentCheck } from "../synthesis/content-check.js";
import { type Issue, round, type Severity } from "./measures.js";
import { MODEL_RULE } from "./model-review.js";
import type { ResearchReview } from "./research-review.js";
import type { SynthesisReview } from "./synthesis-review.js";

export interface FinalReview {
  /** "model" if a model added issues. Verdict and score are computed from the listed issues. */
  method: "local" | "model";
  /**
   * Whether the deck can be delivered unchanged. Not a gate: the gates have passed, or the run would not have come this
   * far.
   */
  verdict: "ready" | "ready with remarks";
  /** Mean of the research, citation and template scores, 0 to 1. */
  score: number;
  slides: number;
  findings: number;
  issues: Issue[];
}

export interface Reviewed {
  deck: DeckData;
  research: ResearchReview;
  synthesis: SynthesisReview;
  content: ContentCheck;
  health: HealthCheck;
}

const ORDER: readonly Severity[] = ["high", "medium", "low"];

export function reviewRun(reviewed: Reviewed): FinalReview {
  const { deck, research, synthesis, content, health } = reviewed;
  const issues = [
    ...health.violations.map((one) => ({ ...one, severity: "high" as const })),
    ...content.violations.map((one) => ({ ...one, severity: "high" as const })),
    ...research.issues,
    // Both reviews report an empty section; once is enough.
    ...synthesis.issues.filter((issue) => ["long-claim", "hard-to-read", MODEL_RULE].includes(issue.rule)),
  ];
  const findings = deck.slides.reduce(
    (sum, slide) => sum + (slide.kind === "findings" || slide.kind === "risks" ? slide.findings.length : 0),
    0,
  );
  return withVerdict({
    method: "local",
    verdict: "ready",
    score: round((research.scores.overall + content.score + health.score) / 3, 3),
    slides: health.slides,
    findings,
    issues,
  });
}

/** Sorts issues by severity and derives the verdict. Called again whenever issues are added. */
export function withVerdict(review: FinalReview): FinalReview {
  const issues = [...review.issues].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const isGrave = issues.some((issue) => issue.severity === "high");
  return { ...review, verdict: isGrave ? "ready with remarks" : "ready", issues };
}

/** final-review.md */
export function renderFinalReview(review: FinalReview, deck: DeckData): string {
  const lines = [
    `# Final review: ${deck.title}`,
    "",
    `Method: ${review.method}. Verdict: **${review.verdict}**. Score ${review.score}.`,
    "",
    `${plural(review.slides, "slide")}, ${plural(review.findings, "finding")}, ${plural(deck.references.length, "reference")}.`,
    "",
  ];
  for (const severity of ORDER) {
    const issues = review.issues.filter((issue) => issue.severity === severity);
    if (issues.length === 0) continue;
    lines.push(`## ${severity.charAt(0).toUpperCase()}${severity.slice(1)}`, "");
    for (const issue of issues) lines.push(`- ${issue.where}: ${issue.message} (${issue.rule})`);
    lines.push("");
  }
  if (review.issues.length === 0) lines.push("No issue was found.", "");
  return `${lines.join("\n").trimEnd()}\n`;
}
