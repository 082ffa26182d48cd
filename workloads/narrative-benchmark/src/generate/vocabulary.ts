// Words that fill the slots of synthetic sentences. Everything is invented; no sentence is taken from a record.

export type Sex = "female" | "male";

/** Partners named explicitly, by the victim's sex (most are of the other sex, as in real records). */
export const PARTNERS: Readonly<Record<Sex, readonly string[]>> = {
  female: [
    "her husband",
    "her estranged husband",
    "her ex-husband",
    "her boyfriend",
    "her ex-boyfriend",
    "her live-in boyfriend",
    "her fiance",
    "her common-law husband",
    "her former partner",
    "her intimate partner",
    "her girlfriend",
  ],
  male: [
    "his wife",
    "his estranged wife",
    "his ex-wife",
    "his girlfriend",
    "his ex-girlfriend",
    "his live-in girlfriend",
    "his fiancee",
    "his domestic partner",
    "his former partner",
    "his boyfriend",
  ],
};

/** Partners that a reader recognizes and a word list does not. */
export const VEILED_PARTNERS: Readonly<Record<Sex, readonly string[]>> = {
  female: [
    "the father of her two children",
    "the man she had recently moved out on",
    "the man she had been seeing since spring",
    "S, with whom V had shared a bed and a lease for six years",
    "the man whose ring she had returned that week",
  ],
  male: [
    "the mother of his son",
    "the woman he had been seeing",
    "S, with whom V had lived as a couple",
    "the woman he had left in March",
    "the woman who still wore his ring",
  ],
};

export const RELATIVES = [
  "brother",
  "adult son",
  "stepson",
  "father",
  "uncle",
  "cousin",
  "nephew",
  "brother-in-law",
  "mother",
  "grandson",
] as const;

export const OTHERS = [
  "an unknown male",
  "a neighbor",
  "a coworker",
  "a roommate",
  "a rival gang member",
  "an acquaintance",
  "a masked intruder",
  "a drug dealer",
  "two unidentified males",
  "a customer",
] as const;

export const PLACES = [
  "the residence",
  "a motel room",
  "the apartment they rented",
  "the driveway",
  "a parked vehicle",
  "the kitchen",
  "a mobile home",
  "the back yard",
  "a parking lot",
  "a rural property",
  "the garage",
  "an apartment complex",
] as const;

export const ATTACKS = [
  "shot",
  "stabbed",
  "strangled",
  "beaten",
  "bludgeoned",
  "assaulted",
  "fatally shot",
  "stabbed multiple times",
  "shot twice in the chest",
  "choked",
  "struck on the head with a hammer",
  "run over",
] as const;

export const INJURIES = [
  "a gunshot wound of the head",
  "a single gunshot wound to the chest",
  "multiple stab wounds",
  "blunt force injuries",
  "asphyxia due to hanging",
  "a perforating gunshot wound",
  "ligature strangulation",
  "sharp force injuries of the torso",
] as const;

export const SUICIDE_MEANS = [
  "shot himself in the head",
  "hanged himself in the garage",
  "took an overdose of prescription medication",
  "died of a self-inflicted gunshot wound",
  "jumped from an overpass",
  "ingested antifreeze",
] as const;

export const TROUBLES = [
  "chronic back pain",
  "depression",
  "the loss of a job",
  "gambling debts",
  "a recent cancer diagnosis",
  "bipolar disorder",
  "alcohol use",
  "post-traumatic stress disorder",
  "an upcoming court date for theft",
  "insomnia",
] as const;

export const SUBSTANCES = [
  "fentanyl",
  "methamphetamine",
  "heroin",
  "alprazolam",
  "ethanol",
  "cocaine",
  "oxycodone",
] as const;

export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** Procedural sentences that say nothing about the question, per narrative type. */
export const FILLERS: Readonly<Record<"le" | "cme", readonly string[]>> = {
  le: [
    "Officers responded to a 911 call at {time} hours and secured the scene.",
    "Detectives canvassed the area and collected video from two businesses.",
    "A {weapon} was recovered {near} the body and logged into evidence.",
    "The caller was transferred to dispatch and stayed on the line until units arrived.",
    "The scene was released at {time} hours after photographs were taken.",
    "A search warrant was obtained for the vehicle and two phones.",
    "No suspect vehicle description was available at the time of this report.",
    "The medical examiner was notified and took custody of the body.",
    "Witness statements are attached; one witness was uncooperative.",
    "V had a prior contact with this agency for a traffic offense in {month}.",
    "The front door was unlocked and there were no signs of forced entry.",
    "A wallet with an expired license was found in the pocket.",
    "Next of kin was notified by the chaplain at {time} hours.",
    "The husband of the caller assisted officers with access to the building.",
    "Neighbors reported hearing two loud sounds but did not call the police.",
  ],
  cme: [
    "The decedent was pronounced at the scene at {time} hours by paramedics.",
    "An autopsy was performed on the following day.",
    "Toxicology was positive for {substance} and {substance}.",
    "Toxicology was negative for alcohol and common drugs of abuse.",
    "Rigor was fully developed and lividity was posterior and fixed.",
    "Medical history was significant for hypertension and {trouble}.",
    "The body was identified by fingerprints.",
    "There was evidence of medical intervention, including defibrillator pads.",
    "The cause of death is {injury}.",
    "No natural disease that could have contributed to death was found.",
    "Clothing was intact apart from cuts made by emergency personnel.",
    "The decedent is a {age} year old {sexWord} last known alive in the evening.",
    "Body mass index was within normal limits and dentition was natural.",
    "The investigator spoke with a relative by telephone.",
    "A projectile was recovered and retained as evidence.",
  ],
};

export const WEAPONS = [
  "9mm handgun",
  "kitchen knife",
  "shotgun",
  "revolver",
  "hunting rifle",
  "hammer",
  "rope",
] as const;

export const GUNS = ["9mm handgun", "shotgun", "revolver", "hunting rifle", ".22 caliber pistol"] as const;

/** Texts for a narrative that was never written or never submitted. */
export const ABSENT_TEXTS: Readonly<Record<"le" | "cme", readonly string[]>> = {
  le: [
    "No law enforcement report available.",
    "LE narrative not received at time of abstraction.",
    "See CME narrative.",
  ],
  cme: [
    "No CME report available.",
    "Coroner report pending.",
    "See LE narrative.",
    "Narrative not provided by the coroner.",
  ],
};
