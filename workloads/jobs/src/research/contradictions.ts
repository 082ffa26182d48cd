// Finds disagreements between two sources: different figures with the same unit about one subject, a statement and its
// denial, opposite verbs. Pure. Only statements of different sources are compared; a source that contradicts itself is
// its author's matter. Disagreements in other words are not detected, so finding none does not prove agreement, and
// results say so.
import { countTerms, type Passage } from "@holdfast/workload-kit/sources";
import { agree, type Figure, figuresOf } from "./measures.js";
import { type AskedKind, meets, rootOf } from "./question.js";

export interface Contradiction {
  readonly kind: "figures" | "negation" | "opposites";
  /** Subject of both: the words they share. */
  readonly about: string;
  /** One sentence that says how they differ. */
  readonly message: string;
  readonly first: Passage;
  readonly second: Passage;
}

/** Enough for a judgment. All pairs of the given passages are compared. */
const FOUND_MAX = 12;
/** Minimum share of the shorter statement's words that also occur in the other. */
const ALIKE_MIN = 0.6;
const SHARED_MIN = 2;

const NEGATION =
  /\b(not|no|never|none|neither|nor|without|cannot|denied|denies|deny|nobody|nothing|false|untrue|failed to|refused to)\b|n['’]t\b/giu;
const OPPOSITES = [
  ["increase", "decrease"],
  ["increase", "decline"],
  ["rise", "fall"],
  ["rose", "fell"],
  ["risen", "fallen"],
  ["grew", "shrank"],
  ["grow", "shrink"],
  ["grow", "decline"],
  ["gain", "lose"],
  ["gained", "lost"],
  ["open", "closed"],
  ["open", "shut"],
  ["allow", "ban"],
  ["allow", "forbid"],
  ["legal", "illegal"],
  ["safe", "unsafe"],
  ["safe", "dangerous"],
  ["profit", "loss"],
  ["surplus", "deficit"],
  ["higher", "lower"],
  ["more", "less"],
  ["more", "fewer"],
  ["largest", "smallest"],
  ["highest", "lowest"],
  ["first", "last"],
  ["support", "oppose"],
  ["succeed", "fail"],
  ["accept", "reject"],
  ["approve", "reject"],
  ["true", "false"],
  ["begin", "end"],
  ["war", "peace"],
  ["improve", "worsen"],
  ["strong", "weak"],
] as const;

interface Statement {
  readonly passage: Passage;
  readonly terms: readonly string[];
  readonly words: ReadonlySet<string>;
  readonly measures: readonly Figure[];
  readonly years: ReadonlySet<number>;
  readonly isNegated: boolean;
}

/** Returns contradictions among the passages, most similar pairs first. */
export function findContradictions(passages: readonly Passage[], asked: AskedKind = null): Contradiction[] {
  const statements = passages.map(toStatement);
  const found: { alike: number; contradiction: Contradiction }[] = [];
  for (const [at, first] of statements.entries()) {
    for (const second of statements.slice(at + 1)) {
      if (first.passage.file === second.passage.file) continue;
      const shared = first.terms.filter((term) => second.terms.some((other) => meets(term, other)));
      const alike = shared.length / Math.max(1, Math.min(comparable(first, second), comparable(second, first)));
      if (shared.length < SHARED_MIN || alike < ALIKE_MIN) continue;
      const difference = compare(first, second, asked);
      if (difference === null) continue;
      const about = shared.slice(0, 6).join(" ");
      found.push({ alike, contradiction: { ...difference, about, first: first.passage, second: second.passage } });
    }
  }
  return found
    .sort((a, b) => b.alike - a.alike)
    .slice(0, FOUND_MAX)
    .map(({ contradiction }) => contradiction);
}

const OPPOSITE_ROOTS = new Set(OPPOSITES.flat().map(rootOf));

/**
 * Number of a statement's words to compare. An opposite that the other lacks is the difference looked for, not
 * dissimilarity.
 */
function comparable(statement: Statement, other: Statement): number {
  return statement.terms.filter((root) => !OPPOSITE_ROOTS.has(root) || other.words.has(root)).length;
}

function toStatement(passage: Passage): Statement {
  const terms = [...countTerms(passage.text).keys()].filter((term) => !/\d/.test(term));
  const { measures, years } = figuresOf(passage.text);
  const roots = [...new Set(terms.map(rootOf))];
  return {
    passage,
    terms: roots,
    words: new Set([...roots, ...(passage.text.toLowerCase().match(/\p{L}+/gu) ?? []).map(rootOf)]),
    measures,
    years,
    isNegated: (passage.text.match(NEGATION) ?? []).length % 2 === 1,
  };
}

function compare(a: Statement, b: Statement, asked: AskedKind): Pick<Contradiction, "kind" | "message"> | null {
  const [year, other] = [...a.years].some((one) => b.years.has(one)) ? [] : [[...a.years][0], [...b.years][0]];
  if (year !== undefined && other !== undefined) {
    // Figures of different years do not contradict each other, unless the question asks for the year.
    return asked === "time" ? { kind: "figures", message: `One says ${year}, the other ${other}.` } : null;
  }
  const figures = compareFigures(a.measures, b.measures);
  if (figures !== null) {
    const doubt = a.years.size === b.years.size ? "" : " Only one of them names a year.";
    return { kind: "figures", message: `One says ${figures[0].text}, the other ${figures[1].text}.${doubt}` };
  }
  if (a.isNegated !== b.isNegated) return { kind: "negation", message: "One denies what the other says." };
  for (const [one, other] of OPPOSITES) {
    const [x, y] = [rootOf(one), rootOf(other)];
    const crossed = (s: Statement, t: Statement) =>
      s.words.has(x) && !s.words.has(y) && t.words.has(y) && !t.words.has(x);
    if (crossed(a, b) || crossed(b, a))
      return { kind: "opposites", message: `One says "${one}", the other "${other}".` };
  }
  return null;
}

/** Returns the first figures with a common unit of which none agree; null if there are none. */
function compareFigures(a: readonly Figure[], b: readonly Figure[]): readonly [Figure, Figure] | null {
  for (const unit of new Set(a.map((figure) => figure.unit))) {
    const ours = a.filter((figure) => figure.unit === unit);
    const theirs = b.filter((figure) => figure.unit === unit);
    const [one, other] = [ours[0], theirs[0]];
    if (one === undefined || other === undefined) continue;
    if (!ours.some((figure) => theirs.some((its) => agree(figure, its)))) return [one, other];
  }
  return null;
}
