// The lexicon and rule baseline for intimate-partner violence: a real, weak, free classifier. It is the control that a
// language model has to beat, and the default if no model is configured. Deterministic; no state.
//
// Method: the text is split into sentences. In each, every mention of violence that is neither negated nor
// self-inflicted scores its weight, multiplied by the proximity of the nearest partner word, and by 0.3 if someone else
// is nearer or the partner only found or saw it. Explicit phrases ("domestic violence") score on their own, and a
// partner who is accused in the next sentence counts too. The sum decides.
import * as lexicon from "./ipv-lexicon.js";
import type { LocalVerdict } from "./local-verdict.js";

/** Sum from which the answer is yes: one clear act next to a partner word, or one explicit phrase. */
const THRESHOLD = 1.5;
/** Violence and a person further apart than this many characters (about twelve words) are not connected. */
const WINDOW_CHARS = 80;
/** Factor for a mention next to someone who is not a partner. */
const OTHER_PERSON_FACTOR = 0.3;
/** NegEx reaches five words. Narratives join clauses with commas, so a little further is right here. */
const NEGATION_REACH_CHARS = 60;
/** Maximum distance of the reflexive in "shot himself". */
const SELF_REACH_CHARS = 40;
/** Steepness with which confidence rises with the distance from the threshold. */
const CONFIDENCE_SLOPE = 1.1;
/** Maximum distance of the verb from the person in "her husband came home and found". */
const BYSTANDING_CHARS = 25;
/** An accusation connects two sentences: less certain than one sentence, but enough on its own. */
const ACCUSATION_SCORE = 1.7;
const INDICATORS_MAX = 10;
/** Maximum length of a sentence. A text without periods is cut, since comparing all its mentions would take quadratic time. */
const SENTENCE_CHARS_MAX = 2_000;

const PARTNERS = anyWord(lexicon.PARTNER_TERMS);
const OTHERS = anyWord(lexicon.OTHER_PERSON_TERMS);
const VIOLENCE = lexicon.VIOLENCE_TERMS.map(([pattern, weight]) => ({ pattern: anyWord([pattern]), weight }));
const EXPLICIT = lexicon.EXPLICIT_TERMS.map(([pattern, weight]) => ({ pattern: anyWord([pattern]), weight }));
const NEGATIONS = anyWord([lexicon.NEGATIONS]);
const NEGATION_ENDS = anyWord([lexicon.NEGATION_ENDS]);
const ACCUSATIONS = anyWord([lexicon.ACCUSATIONS]);
const BYSTANDING = anyWord([lexicon.BYSTANDING]);
const SELF = anyWord([lexicon.SELF_INFLICTED]);

interface Mention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Judges one narrative. Any text is accepted; an empty one is a confident no. */
export function detectIpv(text: string): LocalVerdict<"ipv_detected"> {
  const found: { readonly label: string; readonly score: number }[] = [];
  let before = "";
  for (const sentence of sentencesOf(text)) {
    found.push(...judgeSentence(sentence), ...judgeAccusation(sentence, before));
    before = sentence;
  }
  const score = found.reduce((sum, mention) => sum + mention.score, 0);
  const isDetected = score >= THRESHOLD;
  const probability = 1 / (1 + Math.exp(-CONFIDENCE_SLOPE * (score - THRESHOLD)));
  const indicators = [...new Set(found.filter((mention) => mention.score > 0).map((mention) => mention.label))];
  return {
    ipv_detected: isDetected,
    confidence: round(isDetected ? probability : 1 - probability),
    indicators: indicators.slice(0, INDICATORS_MAX),
    rationale: `Lexicon score ${round(score)} against a threshold of ${THRESHOLD}, from ${indicators.length} distinct indicators.`,
    method: "local",
  };
}

function judgeSentence(sentence: string): { label: string; score: number }[] {
  const violence = VIOLENCE.flatMap(({ pattern, weight }) => mentions(pattern, sentence).map((at) => ({ at, weight })));
  const explicit = EXPLICIT.flatMap(({ pattern, weight }) => mentions(pattern, sentence).map((at) => ({ at, weight })));
  if (violence.length === 0 && explicit.length === 0) return [];
  const partners = mentions(PARTNERS, sentence);
  const others = mentions(OTHERS, sentence);
  const negations = mentions(NEGATIONS, sentence);
  const selves = mentions(SELF, sentence);
  const scored: { label: string; score: number }[] = [];
  for (const { at, weight } of explicit) {
    if (isNegated(sentence, negations, at)) continue;
    const factor = others.length > 0 && partners.length === 0 ? OTHER_PERSON_FACTOR : 1;
    scored.push({ label: at.text, score: weight * factor });
  }
  for (const { at, weight } of violence) {
    const partner = nearest(partners, at);
    if (partner === null || distance(partner, at) > WINDOW_CHARS) continue;
    if (isNegated(sentence, negations, at) || isSelfInflicted(selves, at)) continue;
    const other = nearest(others, at);
    const isOtherNearer = other !== null && distance(other, at) < distance(partner, at);
    const isBystander = mentions(BYSTANDING, sentence.slice(partner.end, partner.end + BYSTANDING_CHARS)).length > 0;
    scored.push({
      label: `${partner.text} … ${at.text}`,
      score: weight * (isOtherNearer || isBystander ? OTHER_PERSON_FACTOR : 1),
    });
  }
  return scored;
}

/** "V was shot. The suspect was identified as her husband.": the act is in one sentence, its perpetrator in the next. */
function judgeAccusation(sentence: string, before: string): { label: string; score: number }[] {
  const accusation = mentions(ACCUSATIONS, sentence)[0];
  const partner = mentions(PARTNERS, sentence)[0];
  if (accusation === undefined || partner === undefined) return [];
  if (isNegated(sentence, mentions(NEGATIONS, sentence), accusation)) return [];
  const selves = mentions(SELF, before);
  const negations = mentions(NEGATIONS, before);
  const acts = VIOLENCE.flatMap(({ pattern }) => mentions(pattern, before));
  const act = acts.find((at) => !isSelfInflicted(selves, at) && !isNegated(before, negations, at));
  if (act === undefined) return [];
  return [{ label: `${act.text} … ${accusation.text} … ${partner.text}`, score: ACCUSATION_SCORE }];
}

/** Returns sentences in lower case, at most 2,000 characters long. Periods of common abbreviations do not end one. */
function sentencesOf(text: string): string[] {
  const lower = text.toLowerCase().replace(/\s+/g, " ");
  return lower
    .replace(/\b(dr|mr|mrs|ms|st|husb|approx|vs)\. /g, "$1 ")
    .split(/(?<=[.!?])\s+/)
    .filter((sentence) => sentence.length > 0)
    .flatMap(pieces);
}

function pieces(sentence: string): string[] {
  const count = Math.ceil(sentence.length / SENTENCE_CHARS_MAX);
  return Array.from({ length: count }, (_, at) =>
    sentence.slice(at * SENTENCE_CHARS_MAX, (at + 1) * SENTENCE_CHARS_MAX),
  );
}

function isNegated(sentence: string, negations: readonly Mention[], at: Mention): boolean {
  return negations.some((negation) => {
    const gap = at.start - negation.end;
    if (gap < 0 || gap > NEGATION_REACH_CHARS) return false;
    return mentions(NEGATION_ENDS, sentence.slice(negation.end, at.start)).length === 0;
  });
}

function isSelfInflicted(selves: readonly Mention[], at: Mention): boolean {
  return (
    selves.some((self) => self.start - at.end >= 0 && self.start - at.end <= SELF_REACH_CHARS) ||
    selves.some(
      (self) => self.text.startsWith("self") && at.start - self.end >= 0 && at.start - self.end <= SELF_REACH_CHARS,
    )
  );
}

function mentions(pattern: RegExp, sentence: string): Mention[] {
  return [...sentence.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
  }));
}

function nearest(candidates: readonly Mention[], at: Mention): Mention | null {
  let best: Mention | null = null;
  for (const candidate of candidates) {
    if (best === null || distance(candidate, at) < distance(best, at)) best = candidate;
  }
  return best;
}

function distance(a: Mention, b: Mention): number {
  return Math.max(0, a.start > b.end ? a.start - b.end : b.start - a.end);
}

function anyWord(patterns: readonly string[]): RegExp {
  return new RegExp(`(?<![\\w-])(?:${patterns.join("|")})(?:'s)?(?![\\w-])`, "g");
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
