/** Stage 2a: reports what the research covers and lacks, before anything is built on it. Fails nothing. */
import type { Research } from "../research.js";
import { englishShare, type Issue, newestYear, round, share } from "./measures.js";

/** The content of review-issues.json. */
export interface ResearchReview {
  /** "model" if a model added issues; scores are computed either way. */
  method: "local" | "model";
  scores: {
    /** Share of sections with at least one passage, 0 to 1. */
    sectionCoverage: number;
    /** Share of sources with at least one used passage; 1 if there are none. */
    sourceUse: number;
    /** Share of country figures that state their year. */
    datedFacts: number;
    /** Share of passages that name a year of the last ten. */
    recency: number;
    english: number;
    /** Mean of the above. */
    overall: number;
  };
  issues: Issue[];
}

/** Older figures mislead a reader who takes them for current ones. */
const RECENT_YEARS = 10;

export function reviewResearch(research: Research, runYear: number): ResearchReview {
  const passages = research.sections.flatMap((section) => section.passages);
  const covered = research.sections.filter((section) => section.passages.length > 0).length;
  const recent = passages.filter(
    (passage) => (newestYear(passage.text, runYear) ?? 0) >= runYear - RECENT_YEARS,
  ).length;
  const figures = research.facts.filter((fact) => /\d/.test(fact.value));
  const scores = {
    sectionCoverage: share(covered, research.sections.length),
    sourceUse: share(research.documents.filter((document) => document.used > 0).length, research.documents.length),
    datedFacts: share(figures.filter((fact) => fact.year !== null).length, figures.length),
    recency: passages.length === 0 ? 0 : share(recent, passages.length),
    english: englishShare(passages.map((passage) => passage.text)),
  };
  const values = Object.values(scores);
  const overall = round(values.reduce((sum, value) => sum + value, 0) / values.length, 3);
  return { method: "local", scores: { ...scores, overall }, issues: findIssues(research, runYear) };
}

function findIssues(research: Research, runYear: number): Issue[] {
  const issues: Issue[] = [];
  const add = (severity: Issue["severity"], rule: string, where: string, message: string) =>
    issues.push({ severity, rule, where, message });
  if (research.documents.length === 0) {
    add("high", "no-sources", "sources", "no source was supplied: the industry sections will make no claim");
  }
  for (const section of research.sections) {
    if (section.passages.length > 0 || research.documents.length === 0) continue;
    add("medium", "empty-section", section.title, "no passage of the sources speaks to it; supply a source that does");
  }
  for (const document of research.documents) {
    if (document.leftOut === null) {
      if (!document.namesIndustry)
        add(
          "low",
          "off-industry",
          document.file,
          `it never names "${research.industry}"; it is used since it was supplied`,
        );
      continue;
    }
    add("low", "unused-source", document.file, `no passage of it is used: ${document.leftOut}`);
  }
  for (const section of research.sections) {
    const files = new Set(section.passages.map((passage) => passage.file));
    if (section.passages.length > 1 && files.size === 1)
      add("low", "single-source", section.title, `all passages come from ${[...files].join("")}`);
  }
  if (research.facts.length === 0) add("high", "no-facts", "country", "the data packages hold nothing on this country");
  for (const fact of research.facts) {
    if (fact.year !== null && fact.year < runYear - RECENT_YEARS)
      add("medium", "old-figure", fact.label, `the data set's last figure is of ${fact.year}`);
    if (fact.year === null && fact.field === "income")
      add("low", "undated-figure", fact.label, "the data set states no year");
  }
  for (const { name, reason } of research.skipped) add("low", "skipped-file", name, reason);
  return issues;
}
