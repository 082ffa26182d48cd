// Word lists of the lexicon baseline for intimate-partner violence. They were written by hand from the definitions of
// the field: physical violence, sexual violence, stalking and psychological aggression by a current or former intimate
// partner (Breiding et al. 2015, CDC uniform definitions). Some weights and rules were tuned on this package's
// synthetic narratives, so scores on those flatter it; it has never been tried on real ones. Increment the version with
// any change, so that verdicts recorded with the old one count as stale.

export const IPV_LEXICON_VERSION = "1";

/** Current and former intimate partners. Word forms, matched on lower-case text at word boundaries. */
export const PARTNER_TERMS = [
  "husband",
  "wife",
  "spouse",
  "ex-husband",
  "ex-wife",
  "ex husband",
  "ex wife",
  "boyfriend",
  "girlfriend",
  "ex-boyfriend",
  "ex-girlfriend",
  "ex boyfriend",
  "ex girlfriend",
  "fianc[eé]e?",
  "intimate partner",
  "domestic partner",
  "life partner",
  "former partner",
  "ex-partner",
  "romantic partner",
  "common-law",
  "common law",
  "significant other",
  "lover",
  "paramour",
  "bf",
  "gf",
  "husb",
  "estranged",
  "live-in",
] as const;

/** People who are not partners: violence by them does not count. */
export const OTHER_PERSON_TERMS = [
  "brother",
  "sister",
  "son",
  "daughter",
  "stepson",
  "stepfather",
  "stepdaughter",
  "father",
  "mother",
  "uncle",
  "aunt",
  "cousin",
  "nephew",
  "niece",
  "grandson",
  "grandfather",
  "grandmother",
  "brother-in-law",
  "son-in-law",
  "father-in-law",
  "neighbor",
  "neighbour",
  "stranger",
  "roommate",
  "coworker",
  "co-worker",
  "friend",
  "acquaintance",
  "customer",
  "intruder",
  "gang",
  "dealer",
  "robber",
  "unknown male",
  "unknown person",
  "unidentified",
  "security guard",
] as const;

/** Violence, threat and control, with the weight of one mention next to a partner. */
export const VIOLENCE_TERMS: readonly (readonly [pattern: string, weight: number])[] = [
  ["fatally shot|shot|shoots|fired (?:at|on)|opened fire", 2],
  ["stab(?:s|bed|bing)?|slash(?:ed|ing)", 2],
  ["strangl(?:ed|ing)|strangulation|choked|choking|suffocated|smothered", 2.2],
  ["beat|beaten|beating|battered|battery|bludgeoned", 2],
  ["assault(?:s|ed|ing)?|attacked|attack", 2],
  ["hit|punched|kicked|slapped|struck|pushed|shoved|dragged|drag", 1.5],
  ["killed|murdered|homicide", 1.6],
  ["raped|sexual assault|sexually assaulted", 2.2],
  ["threaten(?:s|ed|ing)? to (?:kill|hurt|shoot|burn)|threatened|threats|death threats", 1.6],
  ["stalk(?:ed|ing|s)|tracked|following her|following him", 1.6],
  ["controlling|controlled the money|not let|would not allow|isolated", 1.5],
  ["afraid of|in fear of|feared", 1.3],
  ["physical altercation|physical fight|turned physical", 1.6],
  ["domestic dispute|domestic disturbance|altercation", 1.2],
  ["jealous|jealousy|infidelity", 0.8],
  ["run over|ran over|set on fire|set fire", 1.6],
];

/** Phrases that suffice on their own, with or without a partner word nearby. */
export const EXPLICIT_TERMS: readonly (readonly [pattern: string, weight: number])[] = [
  ["domestic violence|domestic abuse|domestic battery|domestic assault|dv", 2.2],
  ["intimate partner violence|ipv|partner abuse|spousal abuse", 3],
  ["restraining order|protective order|protection order|order of protection|no-contact order", 1.6],
  ["abusive (?:relationship|husband|wife|boyfriend|girlfriend|partner|marriage)|abused by", 2.4],
];

/**
 * Words that negate what follows in the same clause, after NegEx (Chapman et al. 2001, J Biomed Inform 34:301). `never`
 * and `did not` count only before the violence, which follows from how scope works here.
 */
export const NEGATIONS =
  "no|not|denied|denies|deny|denying|without|never|negative for|ruled out|rules out|absence of|neither|nor|nothing";
/** Words that end the scope of a negation. */
export const NEGATION_ENDS = "but|however|although|though|except|yet|until|after|because|and was|and then";

/** Violence against oneself is not violence by a partner. */
export const SELF_INFLICTED = "himself|herself|themselves|self-inflicted|self inflicted|suicide|own life";

/** Words that make someone the perpetrator of what the previous sentence describes. */
export const ACCUSATIONS =
  "suspect|suspected|arrested|admitted|confessed|in custody|charged with|identified as the shooter|had done|responsible for";

/** Words that make a person a finder or a witness, not the perpetrator. */
export const BYSTANDING =
  "found|finds|discovered|heard|witnessed|identified|waited|was not hurt|was not injured|was with|saw";
