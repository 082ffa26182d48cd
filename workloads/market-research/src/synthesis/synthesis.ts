/**
 * The synthesis as data and as Markdown: sections of claims, each a list item that ends in its citations.
 *
 * The file is the record: gates parse synthesis.md again instead of trusting what stage 3 had in memory. Citations are
 * Markdown footnotes (`[^S1]`), which no quoted source contains by accident and every Markdown reader displays.
 */
import type { Research } from "../research.js";

export interface Claim {
  text: string;
  /** Its references: "D3" for a dataset, "S1" for a source. */
  refs: string[];
}

export interface ClaimLine extends Claim {
  /** Line in the Markdown file, from 1. */
  line: number;
}

export interface SynthesisSection {
  title: string;
  claims: ClaimLine[];
  /** Sentences about the study itself, e.g. that no source was supplied. They claim nothing about the market. */
  notes: string[];
}

export interface Synthesis {
  title: string;
  /** The model that wrote the claims; absent if they are quoted. */
  model?: string | undefined;
  sections: SynthesisSection[];
  /** Meaning of each reference, worded for a reader: "power.md, line 12". In the order listed. */
  references: { id: string; label: string }[];
}

export const COUNTRY_SECTION = "Country profile";
const REFERENCES_HEADING = "References";
export const NOTE_NO_SOURCES = "No source was supplied for this section, so it makes no claim.";
export const NOTE_NO_PASSAGE = "No passage of the sources supplied speaks to this section, so it makes no claim.";

/** Words the citation of a country fact. */
export function labelOfFact(fact: { dataset: string; field: string; year: number | null }): string {
  return `${fact.dataset}, field "${fact.field}", ${fact.year === null ? "no year stated" : fact.year}`;
}

/** Words the citation of a passage. */
export function labelOfPassage(passage: { file: string; place: string }): string {
  return `${passage.file}, ${passage.place}`;
}

/** Stage 3: presents the research in its own words. Adds no words to any claim. */
export function synthesize(research: Research): string {
  const references = new Map<string, string>();
  const sections: { title: string; claims: Claim[]; notes: string[] }[] = [
    {
      title: COUNTRY_SECTION,
      claims: research.facts.map((fact) => {
        references.set(fact.id, labelOfFact(fact));
        return { text: fact.text, refs: [fact.id] };
      }),
      notes: research.facts.length === 0 ? ["The data packages hold nothing on this country."] : [],
    },
  ];
  const idByLabel = new Map<string, string>();
  for (const section of research.sections) {
    const claims = section.passages.map((passage) => {
      const label = labelOfPassage(passage);
      const id = idByLabel.get(label) ?? `S${idByLabel.size + 1}`;
      idByLabel.set(label, id);
      references.set(id, label);
      return { text: passage.text, refs: [id] };
    });
    const note = research.documents.length === 0 ? NOTE_NO_SOURCES : NOTE_NO_PASSAGE;
    sections.push({ title: section.title, claims, notes: claims.length === 0 ? [note] : [] });
  }
  return renderSynthesis({
    title: titleOf(research),
    sections,
    references: [...references].map(([id, label]) => ({ id, label })),
  });
}

export function titleOf(research: Pick<Research, "country" | "industry">): string {
  return `${research.country.name}: ${research.industry}`;
}

/** Returns the Markdown of a synthesis. `parseSynthesis` reads it back. */
export function renderSynthesis(synthesis: {
  title: string;
  sections: readonly { title: string; claims: readonly Claim[]; notes: readonly string[] }[];
  references: readonly { id: string; label: string }[];
  model?: string | undefined;
}): string {
  const lines = [
    `# ${synthesis.title}`,
    "",
    synthesis.model === undefined
      ? "Method: local. Claims are quoted from the sources and data sets listed; none is paraphrased or inferred."
      : `Method: model \`${synthesis.model}\`. Country facts are quoted; all other claims are written by the model from the sources listed.`,
    "",
  ];
  for (const section of synthesis.sections) {
    lines.push(`## ${section.title}`, "");
    for (const note of section.notes) lines.push(`_${note}_`, "");
    for (const claim of section.claims) lines.push(`- ${claim.text}${claim.refs.map((id) => `[^${id}]`).join("")}`);
    if (section.claims.length > 0) lines.push("");
  }
  lines.push(`## ${REFERENCES_HEADING}`, "");
  for (const { id, label } of synthesis.references) lines.push(`[^${id}]: ${label}`);
  return `${lines.join("\n")}\n`;
}

/** Parses a synthesis from its Markdown. Every list item counts as a claim, wherever it is. */
export function parseSynthesis(markdown: string): Synthesis {
  const synthesis: Synthesis = { title: "", sections: [], references: [] };
  let section: SynthesisSection | null = null;
  for (const [index, raw] of markdown.split(/\r\n|\n/).entries()) {
    const line = raw.trim();
    const heading = /^##\s+(.+)$/.exec(line);
    const reference = /^\[\^([A-Za-z]+\d+)\]:\s*(.+)$/.exec(line);
    const item = /^[-*+]\s+(.*)$/.exec(line);
    const note = /^_(.+)_$/.exec(line);
    const model = /^Method: model `([^`]+)`/.exec(line);
    if (/^#\s+/.test(line)) synthesis.title = line.replace(/^#\s+/, "");
    else if (heading !== null) {
      section = { title: heading[1] ?? "", claims: [], notes: [] };
      if (section.title !== REFERENCES_HEADING) synthesis.sections.push(section);
    } else if (reference !== null) synthesis.references.push({ id: reference[1] ?? "", label: reference[2] ?? "" });
    else if (item !== null) section?.claims.push({ ...parseClaim(item[1] ?? ""), line: index + 1 });
    else if (note !== null) section?.notes.push(note[1] ?? "");
    else if (model !== null && section === null) synthesis.model = model[1];
  }
  return synthesis;
}

function parseClaim(item: string): Claim {
  const trailing = /((?:\[\^[A-Za-z]+\d+\]\s*)+)$/.exec(item)?.[0] ?? "";
  return {
    text: item.slice(0, item.length - trailing.length).trim(),
    refs: [...trailing.matchAll(/\[\^([A-Za-z]+\d+)\]/g)].map((match) => match[1] ?? ""),
  };
}
