/** Stages 3 to 4a: the synthesis is written, scored, judged, improved and judged again by the same function. */

import type { ArtifactRef, StageContext } from "holdfast";
import { ContentCheckError } from "../errors.js";
import type { Research } from "../research.js";
import { reviewSynthesis, type SynthesisReview } from "../review/synthesis-review.js";
import { type ContentCheck, checkContent } from "../synthesis/content-check.js";
import { improveSynthesis } from "../synthesis/improve.js";
import { parseSynthesis, synthesize } from "../synthesis/synthesis.js";
import type { ReviewOutput } from "./research-stages.js";
import { writeSummary } from "./summary.js";

export interface SynthesisRefs {
  research: ArtifactRef<Research>;
  synthesis: ArtifactRef;
}

export interface SynthesisOutput {
  method: "local";
  claims: number;
  references: number;
  synthesis: ArtifactRef;
}

export async function synthesis(
  stage: StageContext,
  given: { research: ArtifactRef<Research> },
): Promise<SynthesisOutput> {
  const markdown = synthesize(await stage.artifact.readJson(given.research));
  const parsed = parseSynthesis(markdown);
  const claims = parsed.sections.reduce((sum, section) => sum + section.claims.length, 0);
  const ref = await stage.artifact.write("synthesis.md", markdown);
  await writeSummary(stage, "Synthesis", [
    `${claims} claims in ${parsed.sections.length} sections, ${parsed.references.length} references.`,
    ...parsed.sections.map((section) => `${section.title}: ${section.claims.length} claims.`),
  ]);
  return { method: "local", claims, references: parsed.references.length, synthesis: ref };
}

export async function synthesisReview(
  stage: StageContext,
  given: SynthesisRefs & { startedAtMs: number },
): Promise<ReviewOutput<SynthesisReview>> {
  const { markdown, research } = await open(stage, given);
  const review = reviewSynthesis(markdown, research, new Date(given.startedAtMs).getUTCFullYear());
  const ref = await stage.artifact.writeJson("synthesis-scores.json", review);
  await writeSummary(stage, "Synthesis review", [
    ...Object.entries(review.scores).map(([name, score]) => `${name}: ${score}`),
    ...review.issues.map((issue) => `${issue.severity}: ${issue.where}: ${issue.message}`),
  ]);
  return { method: "local", issues: review.issues.length, scores: review.scores, review: ref };
}

export interface ContentCheckOutput {
  method: "local";
  passed: boolean;
  score: number;
  threshold: number;
  violations: number;
  check: ArtifactRef<ContentCheck>;
}

/** The gate of stage 4: records its verdict and goes on; stage 4a has the last word. */
export async function contentCheck(stage: StageContext, given: SynthesisRefs): Promise<ContentCheckOutput> {
  const { markdown, research } = await open(stage, given);
  const check = checkContent(markdown, research);
  stage.gate("citation-coverage", check.passed, check.score, check.threshold);
  const ref = await stage.artifact.writeJson("content-check.json", check);
  await writeSummary(stage, "Content check", wordCheck(check));
  return {
    method: "local",
    passed: check.passed,
    score: check.score,
    threshold: check.threshold,
    violations: check.violations.length,
    check: ref,
  };
}

export interface ImproveOutput {
  method: "local";
  score: number;
  changes: number;
  claims: number;
  synthesis: ArtifactRef;
  check: ArtifactRef<ContentCheck>;
}

/** @throws {ContentCheckError} CONTENT_CHECK_FAILED — the improved synthesis fails too; supply sources and start anew. */
export async function contentImprove(stage: StageContext, given: SynthesisRefs): Promise<ImproveOutput> {
  const { markdown, research } = await open(stage, given);
  const improved = improveSynthesis(markdown, research);
  const check = checkContent(improved.markdown, research);
  const ref = await stage.artifact.write("synthesis-improved.md", improved.markdown);
  const checkRef = await stage.artifact.writeJson("content-check.json", check);
  await writeSummary(stage, "Content improve", [
    `${improved.changes.length} changes.`,
    ...improved.changes.map((change) => `${change.change}: ${change.where}: ${change.text}`),
    ...wordCheck(check),
  ]);
  if (!stage.gate("citation-coverage", check.passed, check.score, check.threshold)) throw new ContentCheckError(check);
  return {
    method: "local",
    score: check.score,
    changes: improved.changes.length,
    claims: check.claims,
    synthesis: ref,
    check: checkRef,
  };
}

async function open(stage: StageContext, refs: SynthesisRefs): Promise<{ markdown: string; research: Research }> {
  const markdown = new TextDecoder().decode(await stage.artifact.read(refs.synthesis));
  return { markdown, research: await stage.artifact.readJson(refs.research) };
}

function wordCheck(check: ContentCheck): string[] {
  return [
    `${check.passed ? "Passed" : "Failed"}: ${check.supported} of ${check.claims} claims supported, score ${check.score}, threshold ${check.threshold}.`,
    ...check.violations.map((violation) => `${violation.where}: ${violation.rule}: ${violation.message}`),
    ...check.duplicates.map((repeat) => `${repeat.where}: ${repeat.message}`),
  ];
}
