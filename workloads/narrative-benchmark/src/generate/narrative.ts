// The facts of one case, and the two texts about them. The texts share the facts, not the sentences: each type picks
// its own, one of them may omit the decisive sentence, and one may be missing altogether.
import type { Random } from "@holdfast/workload-kit";
import { SCENES, type Scene, type SceneName } from "./scenes.js";
import * as words from "./vocabulary.js";

type NarrativeType = "le" | "cme";

/** About one case in four has the label; see `generateNarratives`. */
const BASE_RATE = 0.25;
/** Share of flipped labels. Manual labels are not perfect either, so no method can reach 100 %. */
const LABEL_NOISE = 0.012;
/** Share of cases in which one of the two narratives is an empty form. */
const ABSENT_SHARE = 0.05;
/** Share of cases in which one of the two describes the circumstances but omits the decisive fact. */
const VAGUE_SHARE = 0.09;

export interface CaseStory {
  readonly scene: SceneName;
  readonly isIpv: boolean;
  readonly le: string;
  readonly cme: string;
}

export function tellCase(random: Random): CaseStory {
  const isIpvScene = random.chance(BASE_RATE);
  const scene = random.weighted(WEIGHTS[isIpvScene ? "ipv" : "other"]) as SceneName;
  const slots = castSlots(random);
  const weaker = random.pick(["le", "cme"] as const);
  const lack = random.weighted({ absent: ABSENT_SHARE, vague: VAGUE_SHARE, none: 1 - ABSENT_SHARE - VAGUE_SHARE });
  const tell = (type: NarrativeType) => {
    const isWeaker = type === weaker;
    if (isWeaker && lack === "absent") return random.pick(words.ABSENT_TEXTS[type]);
    return roughen(tellNarrative(scene, type, slots, random, isWeaker && lack === "vague"), random);
  };
  const le = tell("le");
  const cme = tell("cme");
  return { scene, isIpv: random.chance(LABEL_NOISE) ? !isIpvScene : isIpvScene, le, cme };
}

const WEIGHTS = { ipv: weightsOf(true), other: weightsOf(false) };

function weightsOf(isIpv: boolean): Readonly<Record<string, number>> {
  const scenes = Object.entries(SCENES).filter(([, scene]) => scene.isIpv === isIpv);
  return Object.fromEntries(scenes.map(([name, scene]) => [name, scene.weight]));
}

type Slots = Readonly<Record<string, string>>;

/** Chooses the people and means of a case once, so that both narratives agree on them. */
function castSlots(random: Random): Slots {
  const sex = random.chance(0.55) ? "female" : "male";
  const means = random.pick(words.SUICIDE_MEANS);
  return {
    P: random.pick(words.PARTNERS[sex]),
    Q: random.pick(words.VEILED_PARTNERS[sex]),
    R: random.pick(words.RELATIVES),
    O: random.pick(words.OTHERS),
    attack: random.pick(words.ATTACKS),
    place: random.pick(words.PLACES),
    injury: random.pick(words.INJURIES),
    means: sex === "female" ? means.replace("himself", "herself") : means,
    trouble: random.pick(words.TROUBLES),
    weapon: random.pick(words.WEAPONS),
    gun: random.pick(words.GUNS),
    sexWord: sex,
    age: String(random.between(18, 84)),
    they: sex === "female" ? "he" : "she",
    their: sex === "female" ? "her" : "his",
    them: sex === "female" ? "her" : "him",
    years: String(random.between(2, 19)),
  };
}

function tellNarrative(name: SceneName, type: NarrativeType, cast: Slots, random: Random, isVague: boolean): string {
  const scene: Scene = SCENES[name];
  const core = type === "cme" && scene.coreCme !== undefined ? scene.coreCme : scene.core;
  const before = some(words.FILLERS[type], random.between(1, 4), random);
  const after = some(words.FILLERS[type], random.between(0, 4), random);
  const extras = some(scene.extra, random.between(0, 2), random);
  const told = isVague ? [VAGUE[type]] : [random.pick(core), ...extras];
  return [...before, ...told, ...after].map((sentence) => fill(sentence, cast, random)).join(" ");
}

/** Text left when the decisive fact is omitted. */
const VAGUE: Readonly<Record<NarrativeType, string>> = {
  le: "V was found deceased at {place}. The investigation is ongoing and no further details were released.",
  cme: "The decedent was a {age} year old {sexWord} with {injury}. Circumstances are documented by law enforcement.",
};

function some<T>(options: readonly T[], count: number, random: Random): T[] {
  const rest = [...options];
  const taken: T[] = [];
  while (taken.length < count && rest.length > 0) taken.push(...rest.splice(random.between(0, rest.length - 1), 1));
  return taken;
}

function fill(sentence: string, cast: Slots, random: Random): string {
  const text = sentence.replace(/\{(\w+)\}/g, (_slot, name: string) => {
    if (name === "time")
      return `${random.between(0, 23)}`.padStart(2, "0") + `${random.between(0, 59)}`.padStart(2, "0");
    if (name === "month") return random.pick(words.MONTHS);
    if (name === "near") return random.pick(["next to", "under", "near", "some feet from"]);
    if (name === "substance") return random.pick(words.SUBSTANCES);
    const value = cast[name];
    if (value === undefined) throw new RangeError(`Sentence "${sentence}": slot {${name}} has no filler; add one.`);
    return value;
  });
  return text.replace(/(^|\. )([a-z])/g, (_whole, before: string, letter: string) => before + letter.toUpperCase());
}

/** Abbreviations of the field. Each is used throughout a narrative or not at all. */
const ABBREVIATIONS: readonly (readonly [RegExp, string])[] = [
  [/\bgunshot wound\b/g, "GSW"],
  [/\bdecedent\b/g, "DC"],
  [/\bhusband\b/g, "husb."],
  [/\bgirlfriend\b/g, "GF"],
  [/\bboyfriend\b/g, "BF"],
  [/\bdomestic violence\b/g, "DV"],
  [/\bhistory\b/g, "hx"],
  [/\bwith\b/g, "w/"],
];

/** Imitates real typing: abbreviations, upper case, typing errors, doubled spaces, redactions, line breaks. */
function roughen(text: string, random: Random): string {
  let rough = text;
  for (const [pattern, short] of ABBREVIATIONS) if (random.chance(0.07)) rough = rough.replace(pattern, short);
  if (random.chance(0.25)) rough = slip(rough, random, random.between(1, 4));
  if (random.chance(0.08)) rough = rough.replace(/\b\d{4} hours\b/g, "[REDACTED]");
  if (random.chance(0.1)) rough = rough.replaceAll(". ", ".\n");
  if (random.chance(0.06)) rough = rough.replaceAll(". ", ".  ");
  if (random.chance(0.05)) rough = rough.toUpperCase();
  return rough;
}

/** Swaps two neighboring letters or drops one, only inside words. */
function slip(text: string, random: Random, count: number): string {
  let slipped = text;
  for (let made = 0; made < count; made++) {
    const at = random.between(1, Math.max(1, slipped.length - 3));
    if (!/^[a-z]{3}$/.test(slipped.slice(at - 1, at + 2))) continue;
    const [a, b] = [slipped.charAt(at), slipped.charAt(at + 1)];
    slipped = slipped.slice(0, at) + (random.chance(0.5) ? b + a : b) + slipped.slice(at + 2);
  }
  return slipped;
}
