// Events per kind of case, as sentence patterns. `core` sentences contain the answer; `extra` sentences add color.
// There are hard kinds on both sides: violence by a partner whom no partner word names, and partner words around
// violence that is someone else's, self-inflicted, or denied.
//
// Slots: {P} partner, {Q} veiled partner, {R} relative, {O} other person, {attack}, {place}, {injury}, {means},
// {trouble}, {time}, {month}, {weapon}, {gun}, {near}, {substance}, {age}, {sexWord}, {they}, {their}, {them}, {years}.

export interface Scene {
  /** Whether the case counts as intimate-partner violence in the manual label. */
  readonly isIpv: boolean;
  /** Relative frequency among the cases with this label. */
  readonly weight: number;
  /** Sentences with the answer, for either type of narrative; one is used. */
  readonly core: readonly string[];
  /** Alternatives for the medical narrative, if it uses different wording; one is used instead of `core`. */
  readonly coreCme?: readonly string[];
  /** Sentences that may follow. */
  readonly extra: readonly string[];
}

export const SCENES = {
  partnerAttack: {
    isIpv: true,
    weight: 40,
    core: [
      "V was {attack} by {P} during an argument at {place}.",
      "V was found {attack} in {place}; {P} admitted to officers that {they} did it.",
      "S, who is {P}, followed V to {place} and {attack} {them} after V refused to come home.",
      "{P} called 911 and said {they} had done something terrible; V had been {attack}.",
      "V was {attack} at {place}. The suspect was identified as {P} and was arrested two counties away.",
      "Witnesses saw {P} drag V by the hair before V was {attack}.",
    ],
    coreCme: [
      "The decedent was reportedly {attack} by {P} at {place}.",
      "Per law enforcement, the decedent and {P} had an altercation during which the decedent was {attack}.",
      "The manner of death is homicide; the decedent was {attack}, reportedly by {P}.",
      "The decedent was in the process of leaving {P}, who then came to {place}; the body showed {injury}.",
    ],
    extra: [
      "There was a long history of domestic violence between the two.",
      "A restraining order had been issued in {month}.",
      "The couple had separated {years} weeks earlier.",
      "The children were asleep in the next room.",
      "S then turned the weapon on himself.",
      "Friends said V had planned to move out that weekend.",
    ],
  },
  abusiveDecedent: {
    isIpv: true,
    weight: 14,
    core: [
      "V had been arrested the day before for assaulting {P} and was due in court.",
      "V {means} after {P} obtained a protective order because {they} had hit {them} repeatedly.",
      "V had barricaded himself after threatening to kill {P} with a {weapon}.",
      "V had struck {P} in the face during a dispute and then {means}.",
    ],
    coreCme: [
      "The decedent reportedly had a pending charge of domestic battery.",
      "The decedent {means} following a physical altercation with {P}.",
      "The decedent had threatened {P} with a {weapon} shortly before death.",
    ],
    extra: [
      "A prior report of domestic violence is on file.",
      "He had texted that he was sorry for everything.",
      "{P} had fled to a shelter with the children.",
      "History includes {trouble}.",
    ],
  },
  control: {
    isIpv: true,
    weight: 12,
    core: [
      "{P} had taken V's phone and keys and would not let {them} leave {place} for days.",
      "V told a coworker that {P} tracked {their} car and threatened to burn the house down.",
      "{P} had been stalking V since the separation and sent more than forty messages that day.",
      "V was afraid of {P}, who controlled the money and decided whom V could see.",
    ],
    extra: [
      "V had asked for a different shift so as not to be found.",
      "V was later found dead at {place} with {injury}.",
      "A friend had offered V a place to stay.",
      "The death remains under investigation.",
    ],
  },
  veiled: {
    isIpv: true,
    weight: 11,
    core: [
      "{Q} came to {place} and fired four rounds through the door.",
      "V had told the landlord that {Q} put hands on {them} when drinking.",
      "{Q} was waiting at {place} with a {weapon}; V never made it inside.",
      "According to V's sister, {Q} had promised that nobody else would have {them}.",
      "The two had lived together for {years} years; the disagreement turned physical and V did not get up again.",
    ],
    coreCme: [
      "The decedent was found with {injury}; {Q} is in custody.",
      "The decedent sustained {injury} in a struggle with {Q}.",
      "Old healing fractures of the ribs were noted; {Q} explained them with falls.",
    ],
    extra: [
      "Bruises in different stages of healing were noted.",
      "S left in V's vehicle and was stopped at {time} hours.",
      "V had packed a bag.",
      "There were earlier calls to this address.",
    ],
  },
  triangle: {
    isIpv: true,
    weight: 14,
    core: [
      "V was {attack} by the ex-husband of the woman V had started dating.",
      "V stepped between the girlfriend and her former boyfriend and was {attack}.",
      "S was jealous of V's new relationship with S's estranged wife and {attack} V at {place}.",
    ],
    extra: [
      "S had threatened both of them in {month}.",
      "A protective order named S.",
      "The woman was injured and survived.",
    ],
  },
  despairFoundByPartner: {
    isIpv: false,
    weight: 22,
    core: [
      "V {means}. V was found by {P}, who had been at work.",
      "{P} last spoke with V at {time} hours; V later {means}.",
      "V had struggled with {trouble} for years and {means}. {P} called 911.",
    ],
    coreCme: [
      "The decedent {means} and was found by {P}.",
      "Per {P}, the decedent had been despondent over {trouble}.",
      "The decedent with a history of {trouble} {means} at {place}.",
    ],
    extra: [
      "A note was found.",
      "V had stopped taking medication.",
      "{P} reported that V seemed tired lately.",
      "V had made an attempt in {month}.",
    ],
  },
  partnerQuarrel: {
    isIpv: false,
    weight: 13,
    core: [
      "V and {P} had argued about money; {P} left the house and V {means}.",
      "V was upset about the divorce and {means} while on the phone with {P}.",
      "{P} had ended the relationship a week earlier; V threatened to kill himself and later {means}.",
      "V and {P} were arguing when V grabbed the {weapon} and {means} in front of {them}.",
    ],
    extra: [
      "There was nothing physical between them.",
      "V had been drinking.",
      "{P} was not injured.",
      "The two were in counselling.",
    ],
  },
  deniedHistory: {
    isIpv: false,
    weight: 12,
    core: [
      "{P} denied any history of domestic violence, and none was found on record.",
      "There was no history of abuse between V and {P}. V {means}.",
      "Detectives ruled out that {P} had assaulted V; the injuries were from the fall.",
      "The sister alleged that {P} had assaulted V years ago; hospital records show that this never happened.",
      "{P} was never violent, according to all relatives. V {means}.",
      "Family members say that {P} did not threaten or hit V at any time.",
    ],
    coreCme: [
      "No signs of abuse or assault were found, and {P} was cooperative.",
      "The decedent {means}. {P} denies domestic violence.",
      "Injuries are consistent with the fall and not with an assault by {P}.",
    ],
    extra: ["V had {trouble}.", "The case was closed as a suicide.", "V had written a will in {month}."],
  },
  overdose: {
    isIpv: false,
    weight: 12,
    core: [
      "V was found unresponsive at {place} with drug paraphernalia nearby.",
      "V's roommate found V cold to the touch; {substance} was on the table.",
      "{P} administered naloxone without effect; V had used {substance}.",
    ],
    extra: ["V had left a treatment program in {month}.", "The supplier has not been identified.", "V had {trouble}."],
  },
  strangerViolence: {
    isIpv: false,
    weight: 20,
    core: [
      "V was {attack} by {O} during a robbery at {place}.",
      "V was {attack} in a dispute over drugs; {O} fled on foot.",
      "{O} opened fire at {place} and V was struck. {P} was with V and was not hurt.",
      "V and {P} were walking home when {O} demanded money and V was {attack}.",
      "V was {attack} by {O}. {P} identified the body.",
      "{P} came home and found V {attack}; nothing connects anyone in the household to it.",
    ],
    coreCme: [
      "The decedent was {attack} by {O} at {place}.",
      "The decedent was reportedly in an altercation with {O} and was {attack}; {P} witnessed it.",
      "The decedent sustained {injury} during a robbery.",
    ],
    extra: [
      "The case is being investigated as gang related.",
      "Shell casings were collected.",
      "V worked nights at a store.",
      "Drugs were found at the scene.",
    ],
  },
  familyViolence: {
    isIpv: false,
    weight: 12,
    core: [
      "V was {attack} by V's {R} at {place} after a dispute over rent.",
      "V's {R} came home intoxicated and V was {attack}. {P} tried to stop it.",
      "V was {attack} while protecting {P} from V's {R}.",
      "There was a history of domestic violence between V and V's {R}.",
    ],
    extra: ["The {R} has a history of {trouble}.", "V had evicted the {R} in {month}.", "S was arrested at {place}."],
  },
  accident: {
    isIpv: false,
    weight: 11,
    core: [
      "{P} was cleaning a {gun} when it discharged and struck V; witnesses agree that it was an accident.",
      "V was struck by a truck while {P} waited on the other side of the road.",
      "V hit his head on the bathtub; {P} heard the fall and called 911.",
      "V fell from a ladder at {place} and died of blunt force injuries.",
      "V was showing the {gun} to {P} and did not know that it was loaded.",
    ],
    extra: ["There was no quarrel.", "Alcohol was involved.", "The weapon was function tested."],
  },
} as const satisfies Readonly<Record<string, Scene>>;

export type SceneName = keyof typeof SCENES;
