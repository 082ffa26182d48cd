/** Stages 2 and 2a: connect the engine's stage context with the modules that gather and review. */

import { type Asker, type GuardLimits, type Made, madeWith } from "@holdfast/workload-kit";
import { listSources } from "@holdfast/workload-kit/sources";
import type { ArtifactRef, StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import { findCountry } from "../country/country.js";
import { SourceUnreadableError } from "../errors.js";
import type { MarketResearchInput } from "../input.js";
import { gatherResearch, type Research, sourcesLeftOut } from "../research.js";
import { addModelIssues } from "../review/model-review.js";
import { type ResearchReview, reviewResearch } from "../review/research-review.js";
import { writeSummary } from "./summary.js";

export interface ResearchOutput {
  method: "local";
  country: string;
  facts: number;
  documents: number;
  passages: number;
  /** Unused sources, each with its reason. */
  leftOut: { name: string; reason: string }[];
  research: ArtifactRef<Research>;
}

export async function countryResearch(
  stage: StageContext,
  input: MarketResearchInput,
  limits?: GuardLimits,
): Promise<ResearchOutput> {
  const country = findCountry(input.country);
  if (country === null)
    throw new Error(`Country "${input.country}" was checked when the run started and is unknown now`);
  const listing = input.sources === undefined ? { files: [], skipped: [], problems: [] } : listSources(input.sources);
  const problem = listing.problems[0];
  if (problem !== undefined)
    throw new SourceUnreadableError({
      path: [input.sources].flat().join(", "),
      reason: problem,
      cure: "Restore it, then resume the run.",
    });
  const question = { country, industry: input.industry, clientContext: input.clientContext ?? "" };
  const research = await gatherResearch(question, listing, {
    signal: stage.signal,
    onProgress: stage.progress,
    limits,
  });
  const passages = research.sections.reduce((sum, section) => sum + section.passages.length, 0);
  stage.metric("passages", passages);
  const leftOut = sourcesLeftOut(research);
  for (const { name, reason } of leftOut) stage.log(`Source ${name} is left out: ${reason}.`);
  const ref = await stage.artifact.writeJson("research-raw.json", research);
  await writeSummary(stage, "Country research", [
    `Country: ${country.name} (${country.alpha2}); industry: ${input.industry}.`,
    `${plural(research.facts.length, "country fact")} from data packages, ${research.series.length} series of figures.`,
    input.sources === undefined
      ? "No source was supplied."
      : `${plural(research.documents.length, "source file")} read, ${plural(passages, "passage")} found.`,
    ...leftOut.map(({ name, reason }) => `Left out: ${name}: ${reason}.`),
    ...research.sections.map((section) => `${section.title}: ${plural(section.passages.length, "passage")}.`),
  ]);
  return {
    method: "local",
    country: country.name,
    facts: research.facts.length,
    documents: research.documents.length,
    passages,
    leftOut,
    research: ref,
  };
}

export type ReviewOutput<T> = Made & {
  issues: number;
  scores: Record<string, number>;
  review: ArtifactRef<T>;
};

export async function researchReview(
  stage: StageContext,
  given: { research: ArtifactRef<Research>; startedAtMs: number; asker: Asker | null },
): Promise<ReviewOutput<ResearchReview>> {
  const research = await stage.artifact.readJson(given.research);
  const { asker } = given;
  const computed = reviewResearch(research, new Date(given.startedAtMs).getUTCFullYear());
  const review = await addModelIssues(computed, asker, {
    name: "review-research",
    task: "These passages and country facts are all that the study will rest on: name gaps, doubts and contradictions.",
    material: wordResearch(research),
  });
  stage.metric("score", review.scores.overall);
  const ref = await stage.artifact.writeJson("review-issues.json", review);
  await writeSummary(
    stage,
    "Research review",
    [
      `Overall score ${review.scores.overall}.`,
      ...Object.entries(review.scores).map(([name, score]) => `${name}: ${score}`),
      ...review.issues.map((issue) => `${issue.severity}: ${issue.where}: ${issue.message}`),
    ],
    asker?.use() ?? null,
  );
  return { ...madeWith(asker?.use() ?? null), issues: review.issues.length, scores: review.scores, review: ref };
}

function wordResearch(research: Research): string {
  const facts = research.facts.map((fact) => `- ${fact.text}`);
  const sections = research.sections.map(
    ({ title, passages }) => `## ${title}\n${passages.map((one) => `- ${one.text} (${one.file})`).join("\n")}`,
  );
  return `# ${research.country.name}: ${research.industry}\n${facts.join("\n")}\n${sections.join("\n")}`;
}
