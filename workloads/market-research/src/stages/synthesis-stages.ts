/** Stages 3 to 4a: the synthesis is written, scored, judged, improved, and judged again by the same function. */

import { type Asker, type Made, madeWith } from "@holdfast/workload-kit";
import type { ArtifactRef, StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import { ContentCheckError } from "../errors.js";
import type { Research } from "../research.js";
import { addModelIssues } from "../review/model-review.js";
import { reviewSynthesis, type SynthesisReview } from "../review/synthesis-review.js";
import { type ContentCheck, checkContent, type SupportRule } from "../synthesis/content-check.js";
import { improveSynthesis } from "../synthesis/improve.js";
import { repairClaims, writeSynthesis } from "../synthesis/model-claims.js";
import { parseSynthesis, synthesize } from "../synthesis/synthesis.js";
import type { ReviewOutput } from "./research-stages.js";
import { writeSummary } from "./summary.js";

export interface SynthesisRefs {
  research: ArtifactRef<Research>;
  synthesis: ArtifactRef;
}

export type SynthesisOutput = Made & {
  claims: number;
  references: number;
  /** Content section by section, so that two runs can be compared by their recorded outputs. */
  sections: { title: string; claims: string[] }[];
  synthesis: ArtifactRef;
};

export async function synthesis(
  stage: StageContext,
  given: { research: ArtifactRef<Research>; asker: Asker | null },
): Promise<SynthesisOutput> {
  const { asker } = given;
  const research = await stage.artifact.readJson(given.research);
  const markdown = asker === null ? synthesize(research) : await writeSynthesis(research, asker);
  const parsed = parseSynthesis(markdown);
  const claims = parsed.sections.reduce((sum, section) => sum + section.claims.length, 0);
  const sections = parsed.sections.map(({ title, claims }) => ({ title, claims: claims.map(({ text }) => text) }));
  const ref = await stage.artifact.write("synthesis.md", markdown);
  await writeSummary(
    stage,
    "Synthesis",
    [
      `${plural(claims, "claim")} in ${plural(parsed.sections.length, "section")}, ${plural(parsed.references.length, "reference")}.`,
      ...parsed.sections.map((section) => `${section.title}: ${plural(section.claims.length, "claim")}.`),
    ],
    asker?.use() ?? null,
  );
  return { ...madeWith(asker?.use() ?? null), claims, references: parsed.references.length, sections, synthesis: ref };
}

export async function synthesisReview(
  stage: StageContext,
  given: SynthesisRefs & { startedAtMs: number; asker: Asker | null },
): Promise<ReviewOutput<SynthesisReview>> {
  const { markdown, research } = await open(stage, given);
  const { asker } = given;
  const runYear = new Date(given.startedAtMs).getUTCFullYear();
  const computed = reviewSynthesis(markdown, research, runYear, ruleOf(asker !== null));
  const review = await addModelIssues(computed, asker, {
    name: "review-synthesis",
    task: "This is the draft: name claims that overreach, contradict each other or leave out what matters.",
    material: markdown,
  });
  const ref = await stage.artifact.writeJson("synthesis-scores.json", review);
  await writeSummary(
    stage,
    "Synthesis review",
    [
      ...Object.entries(review.scores).map(([name, score]) => `${name}: ${score}`),
      ...review.issues.map((issue) => `${issue.severity}: ${issue.where}: ${issue.message}`),
    ],
    asker?.use() ?? null,
  );
  return { ...madeWith(asker?.use() ?? null), issues: review.issues.length, scores: review.scores, review: ref };
}

export interface ContentCheckOutput {
  method: "local";
  passed: boolean;
  score: number;
  threshold: number;
  violations: number;
  check: ArtifactRef<ContentCheck>;
}

/** The gate of stage 4 records its verdict and continues; stage 4a decides. */
export async function contentCheck(
  stage: StageContext,
  given: SynthesisRefs & { isWritten: boolean },
): Promise<ContentCheckOutput> {
  const { markdown, research } = await open(stage, given);
  const check = checkContent(markdown, research, ruleOf(given.isWritten));
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

export type ImproveOutput = Made & {
  score: number;
  changes: number;
  claims: number;
  synthesis: ArtifactRef;
  check: ArtifactRef<ContentCheck>;
};

/**
 * Stage 4a. @throws {ContentCheckError} CONTENT_CHECK_FAILED if the improved synthesis fails too. Supply sources and
 * start again.
 */
export async function contentImprove(
  stage: StageContext,
  given: SynthesisRefs & { asker: Asker | null },
): Promise<ImproveOutput> {
  const { markdown, research } = await open(stage, given);
  const { asker } = given;
  const rule = ruleOf(asker !== null);
  const repaired = asker === null ? { markdown, changes: [] } : await repairClaims(markdown, research, asker);
  const improved = improveSynthesis(repaired.markdown, research, rule);
  const changes = [...repaired.changes, ...improved.changes];
  const check = checkContent(improved.markdown, research, rule);
  const ref = await stage.artifact.write("synthesis-improved.md", improved.markdown);
  const checkRef = await stage.artifact.writeJson("content-check.json", check);
  await writeSummary(
    stage,
    "Content improve",
    [
      `${plural(changes.length, "change")}.`,
      ...changes.map((change) => `${change.change}: ${change.where}: ${change.text}`),
      ...wordCheck(check),
    ],
    asker?.use() ?? null,
  );
  if (!stage.gate("citation-coverage", check.passed, check.score, check.threshold)) throw new ContentCheckError(check);
  return {
    ...madeWith(asker?.use() ?? null),
    score: check.score,
    changes: changes.length,
    claims: check.claims,
    synthesis: ref,
    check: checkRef,
  };
}

const ruleOf = (isWritten: boolean): SupportRule => (isWritten ? "numbers" : "verbatim");

async function open(stage: StageContext, refs: SynthesisRefs): Promise<{ markdown: string; research: Research }> {
  const markdown = new TextDecoder().decode(await stage.artifact.read(refs.synthesis));
  return { markdown, research: await stage.artifact.readJson(refs.research) };
}

function wordCheck(check: ContentCheck): string[] {
  return [
    `${check.passed ? "Passed" : "Failed"}: ${check.supported} of ${plural(check.claims, "claim")} supported, score ${check.score}, threshold ${check.threshold}.`,
    ...check.violations.map((violation) => `${violation.where}: ${violation.rule}: ${violation.message}`),
    ...check.duplicates.map((repeat) => `${repeat.where}: ${repeat.message}`),
  ];
}
