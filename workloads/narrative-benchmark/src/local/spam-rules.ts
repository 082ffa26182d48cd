// The rule baseline for spam: hand-written signs in subjects and bodies, each with a weight, summed against a
// threshold. Weak and free, like its sibling for narratives. It was written by reading mails of the corpus it is scored
// on, so its score is somewhat flattering; the weights are rounded guesses, not fitted. It sees one text, a subject or
// a body, without senders or headers. Increment the version with any change.
import type { LocalVerdict } from "./local-verdict.js";

export const SPAM_RULES_VERSION = "1";

const THRESHOLD = 1.5;
const CONFIDENCE_SLOPE = 0.8;
const INDICATORS_MAX = 10;
/** A sign repeated fifty times is still one sign, at most twice as strong. */
const REPEATS_MAX = 2;
/** The pitch is at the top and the opt-out at the bottom; long documents in between only add noise. */
const HEAD_CHARS = 6_000;
const TAIL_CHARS = 2_000;

interface Sign {
  readonly name: string;
  readonly pattern: RegExp;
  readonly weight: number;
}

/** Sales words, as whole words. In a subject one of them nearly suffices; in a long body it says little. */
const SELLING = new RegExp(
  `\\b(?:${[
    "sale|save|offers?|products?|discounts?|cheap(?:er|est)?|deals?|bargain|wholesale|warranty|approved|approval",
    "cash|profits?|income|commissions?|paychecks?|money|wealth|millionaire|dollars?|rich|fortune|entrepreneur",
    "secrets?|winning|wins?|prizes?|bonus|promotion\\w*|advertis\\w*|marketing|leads|traffic|opportunit\\w+|success",
    "sex|breasts?|penis|herbs?|pills?|diet|wrinkles?|younger|lovers?|teens?|girls|poker|toys",
    "confidential|assistance|proposal|transaction|quotes?|rates?|lenders?|taxes|bank account",
  ].join("|")})\\b`,
  "gi",
);

const SIGNS: readonly Sign[] = [
  sign(
    "free offer",
    0.9,
    /\b(?:100% free|absolutely free|free (?:trial|quote|gift|sample|access|info\w*|membership|consultation|report)|for free|risk[- ]free)\b/gi,
  ),
  sign("free!", 0.8, /\bFREE\b/g),
  sign("money", 0.8, /(?:\$\s?\d[\d,.]*|\b\d[\d,.]* (?:us )?dollars\b|\bUS\$)/gi),
  sign(
    "earnings",
    1.2,
    /\b(?:earn (?:up to|money|\$|extra)|make money|work (?:from|at) home|extra income|financial (?:freedom|independence)|get rich|home[- ]based business|business opportunity|be your own boss|residual income|mlm)\b/gi,
  ),
  sign(
    "loan or credit",
    1.2,
    /\b(?:mortgage|refinanc\w+|lowest (?:rate|price)s?|interest rates?|consolidat\w+|debts?|bad credit|credit (?:card|repair|report|rating)s?|life insurance|insurance quotes?|loans?)\b/gi,
  ),
  sign(
    "medicine",
    1.5,
    /\b(?:viagra|cialis|phentermine|weight loss|lose (?:weight|\d+ (?:lbs|pounds))|lose up to|prescription|herbal|hgh|human growth hormone|diet pills?|enlarg\w+|enhancement|anti-aging)\b/gi,
  ),
  sign(
    "adult",
    1.5,
    /\b(?:xxx|porn\w*|nude|hot (?:girls|teens|babes)|webcams?|adult (?:site|content|video)s?|sexual\w*|sexy|erect\w*|singles)\b/gi,
  ),
  sign(
    "advance fee",
    1.6,
    /\b(?:nigeria\w*|next of kin|strictly confidential|million (?:us |united states )?dollars|transfer of (?:the )?funds?|beneficiary|late (?:president|general|chief)|foreign partner|barrister)\b/gi,
  ),
  sign(
    "opt-out",
    1.1,
    /\b(?:unsubscribe|opt[- ]?out|opt[- ]?in|be removed|to remove|remove me|removal|remove your|no longer wish to receive|future mailings?|mailing list (?:click|simply|please)|receiv(?:ed|ing) this (?:e-?mail|message|mailing)|one[- ]time mail\w*)\b/gi,
  ),
  sign(
    "click",
    1,
    /\b(?:click (?:here|below|now|on the link)|visit our (?:web ?)?site|order (?:now|today|here)|act now|call (?:now|today|toll)|sign up (?:now|today)|apply (?:now|today|online)|buy now|reply (?:now|with)|toll[- ]free)\b/gi,
  ),
  sign(
    "urgency",
    0.8,
    /\b(?:limited (?:time|offer)|special offer|offer expires|don't miss|while supplies last|urgent|immediately|guarantee\w*|no obligation|satisfaction|winner|you(?:'ve| have) (?:been selected|won)|congratulations|amazing|incredible|exclusive|save up to|once in a lifetime)\b/gi,
  ),
  sign(
    "bulk mail",
    1.2,
    /\b(?:bulk e-?mail\w*|e-?mail addresses|million e-?mails?|targeted (?:e-?mail|leads)|mass mail\w*|email marketing|s\. ?1618|bill 1618|this is not spam)\b/gi,
  ),
  sign(
    "stock tip",
    1.2,
    /\b(?:otc ?bb|stock (?:alert|pick)s?|hot stock|strong buy|forward[- ]looking statements|investment opportunity|investors?)\b/gi,
  ),
  sign(
    "goods",
    0.8,
    /\b(?:dvds? (?:copy|copier|movies?)|copy dvd|cable (?:tv|descrambler)|descrambler|printer cartridges?|inkjet|toner|university diploma|diplomas?|casino|lottery|vacation|satellite (?:tv|system)|cigarettes|online pharmacy|ink cartridges?)\b/gi,
  ),
  sign("selling", 0.95, SELLING),
  sign("marked as advertising", 2, /^\W*adv\b/gi),
  sign("foreign script", 1, /[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af\ufffd]{2,}|[\u00a1-\u00ff]{4,}/g),
  sign(
    "salutation",
    0.8,
    /^\s*(?:dear (?:friend|sir|homeowner|customer|member|valued|internet|e-?mail)\b|hello friend|attention[:!])/gim,
  ),
  sign("shouting", 0.9, /!{2,}|\${2,}/g),
  sign("capitals", 0.7, /(?:\b[A-Z]{3,}\b[ ,!'-]+){4,}/g),
  sign("odd link", 1.2, /https?:\/\/(?:\d{1,3}\.){3}\d{1,3}|https?:\/\/[^\s/]*@|mailto:[^\s>]*remov/gi),
  sign(
    "padding",
    1,
    /(?:[ [(]|^)(?:[bcdfghjklmnpqrstvwxz]{4,}|[a-z]{0,4}\d{3,}[a-z\d-]*|[a-z]+\d+[a-z]+\d*\w*)[\])]?$/gi,
  ),
  // Signs of a conversation between people.
  sign("reply", -2, /^(?:re|fwd?|aw)\s*:/gi),
  sign("quoting", -1.5, /^(?:>|[|] )/gm),
  sign("attribution", -1.5, /\b(?:wrote|writes|said|schrieb):?\s*$|^on .{5,80}wrote:|^-+ ?original message ?-+$/gim),
  sign(
    "technical",
    -0.7,
    /\b(?:patch(?:es)?|kernel|perl|python|linux|rpms?|cvs|bugs?|compil\w+|debian|gcc|apt|sendmail|exim|mozilla|script|source code|unix|sourceforge|config\w*|gpg|pgp|server|regexp?)\b/gi,
  ),
  sign("news item", -1.2, /^(?:url|date|author): \S/gim),
  sign(
    "person speaking",
    -0.5,
    /\b(?:i think|i guess|i've|i'm|imho|iirc|btw|anyone|afaik|cheers|thanks|hi all|don't know)\b/gi,
  ),
];

/** Subjects have room for one sign only, so each one found there counts more by this factor. */
const SUBJECT_FACTOR = 1.6;
const SUBJECT_CHARS_MAX = 200;

/** Judges one subject or body. */
export function detectSpam(text: string, type: string): LocalVerdict<"spam_detected"> {
  const isSubject = type === "subject" && text.length <= SUBJECT_CHARS_MAX;
  const seen =
    text.length <= HEAD_CHARS + TAIL_CHARS ? text : `${text.slice(0, HEAD_CHARS)}\n${text.slice(-TAIL_CHARS)}`;
  const found = SIGNS.flatMap(({ name, pattern, weight }) => {
    const hits = seen.match(pattern);
    return hits === null ? [] : [{ name, first: hits[0].trim().slice(0, 60), score: weight * repeats(hits.length) }];
  });
  const sum = found.reduce((total, { score }) => total + score, 0);
  const score = isSubject ? sum * SUBJECT_FACTOR : sum;
  const isDetected = score >= THRESHOLD;
  const probability = 1 / (1 + Math.exp(-CONFIDENCE_SLOPE * (score - THRESHOLD)));
  const signs = found.filter((hit) => hit.score > 0).map((hit) => `${hit.name}: ${hit.first}`);
  return {
    spam_detected: isDetected,
    confidence: round(isDetected ? probability : 1 - probability),
    indicators: signs.slice(0, INDICATORS_MAX),
    rationale: `Rule score ${round(score)} against a threshold of ${THRESHOLD}, from ${signs.length} signs for and ${found.length - signs.length} against.`,
    method: "local",
  };
}

/** Diminishing strength: 1 for one hit, 1.5 for two or three, 2 from four on. */
function repeats(hits: number): number {
  if (hits <= 1) return 1;
  return hits < 4 ? 1.5 : REPEATS_MAX;
}

function sign(name: string, weight: number, pattern: RegExp): Sign {
  return { name, weight, pattern };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
