/**
 * Stage 4a: makes a synthesis pass the content check by removing and restoring, never by writing.
 *
 * A claim that the research contains word for word gets its citation back. Any other unsupported claim is dropped, and
 * so are duplicates. Claims are sorted by the research's relevance. The caller judges the result with `checkContent`,
 * the same function as in stage 4.
 */

import { collapse } from "@holdfast/workload-kit/sources";
import type { Research } from "../research.js";
import { checkContent, findDuplicates, type SupportRule } from "./content-check.js";
import {
  type ClaimLine,
  labelOfFact,
  labelOfPassage,
  NOTE_NO_PASSAGE,
  parseSynthesis,
  renderSynthesis,
} from "./synthesis.js";

/** Note for a section whose written claims all failed, although passages were found. */
export const NOTE_ALL_DROPPED =
  "No claim that the model wrote for this section held against the sources, so it makes none.";

export interface Change {
  change:
    | "rewritten"
    | "citation-restored"
    | "dropped-unsupported"
    | "dropped-duplicate"
    | "reordered"
    | "reference-removed";
  where: string;
  text: string;
}

export interface Improvement {
  markdown: string;
  changes: Change[];
}

/** Improves a synthesis. Pure and idempotent: improving the result again changes nothing. */
export function improveSynthesis(markdown: string, research: Research, rule: SupportRule = "verbatim"): Improvement {
  const synthesis = parseSynthesis(markdown);
  const changes: Change[] = [];
  const references = new Map(synthesis.references.map(({ id, label }) => [id, label]));
  const restore = createRestorer(research, references);
  const failing = new Set(checkContent(markdown, research, rule).violations.map((violation) => violation.where));
  const rank = rankOf(research);

  const sections = synthesis.sections.map((section) => {
    const kept: ClaimLine[] = [];
    for (const claim of section.claims) {
      const where = `line ${claim.line}`;
      if (!failing.has(where)) kept.push(claim);
      else {
        const ref = restore(claim.text);
        if (ref !== null) kept.push({ ...claim, refs: [ref] });
        changes.push({ change: ref === null ? "dropped-unsupported" : "citation-restored", where, text: claim.text });
      }
    }
    return { ...section, claims: kept };
  });

  const repeats = new Set(findDuplicates(sections.flatMap((section) => section.claims)).map((repeat) => repeat.where));
  const tidied = sections.map((section) => {
    const unique = section.claims.filter((claim) => {
      const isRepeat = repeats.has(`line ${claim.line}`);
      if (isRepeat) changes.push({ change: "dropped-duplicate", where: `line ${claim.line}`, text: claim.text });
      return !isRepeat;
    });
    const ordered = [...unique].sort((a, b) => rank(a.text) - rank(b.text) || a.line - b.line);
    if (ordered.some((claim, index) => claim !== unique[index]))
      changes.push({ change: "reordered", where: section.title, text: section.title });
    const notes =
      ordered.length === 0 && section.notes.length === 0
        ? [rule === "verbatim" ? NOTE_NO_PASSAGE : NOTE_ALL_DROPPED]
        : section.notes;
    return { title: section.title, claims: ordered, notes };
  });

  const used = new Set(tidied.flatMap((section) => section.claims.flatMap((claim) => claim.refs)));
  for (const [id, label] of references) {
    if (used.has(id)) continue;
    references.delete(id);
    changes.push({ change: "reference-removed", where: `[^${id}]`, text: label });
  }
  const listed = [...references].map(([id, label]) => ({ id, label }));
  const { title, model } = synthesis;
  return { markdown: renderSynthesis({ title, sections: tidied, references: listed, model }), changes };
}

/** Finds the reference of a text that the research contains verbatim, and adds it to the list if it is missing. */
function createRestorer(research: Research, references: Map<string, string>): (text: string) => string | null {
  const labelByText = new Map<string, string>();
  for (const section of research.sections)
    for (const passage of section.passages) labelByText.set(collapse(passage.text), labelOfPassage(passage));
  const factByText = new Map(research.facts.map((fact) => [collapse(fact.text), fact]));
  return (text) => {
    const fact = factByText.get(collapse(text));
    const label = fact === undefined ? labelByText.get(collapse(text)) : labelOfFact(fact);
    if (label === undefined) return null;
    for (const [id, known] of references) if (known === label) return id;
    let number = 1;
    while (references.has(`S${number}`)) number++;
    const id = fact?.id !== undefined && !references.has(fact.id) ? fact.id : `S${number}`;
    references.set(id, label);
    return id;
  };
}

/** Returns the position of a text in the research: facts as listed, passages by relevance, unknown texts last. */
function rankOf(research: Research): (text: string) => number {
  const order = [
    ...research.facts.map((fact) => collapse(fact.text)),
    ...research.sections.flatMap((section) =>
      [...section.passages].sort((a, b) => b.score - a.score).map((passage) => collapse(passage.text)),
    ),
  ];
  const ranks = new Map<string, number>();
  for (const [index, text] of order.entries()) if (!ranks.has(text)) ranks.set(text, index);
  return (text) => ranks.get(collapse(text)) ?? order.length;
}
