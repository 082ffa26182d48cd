// The ideal customer profile as schemas, part by part, with reasons for the defaults. Parts are checked one by one, so
// that a mistake in one criterion does not hide those in the next. `cross-checks.ts` has the rules across settings, and
// `cures.ts` the wording of remedies.
import { z } from "zod";

export const KINDS = ["range", "set", "country", "keywords", "text"] as const;
export type Kind = (typeof KINDS)[number];

/** Name of a criterion: a column of the export and a field of a model's answer. */
export const ID_PATTERN = /^[a-z][a-z0-9_]{0,39}$/;
/** Names that the ranking uses itself. */
export const RESERVED_TIERS = ["below", "disqualified", "failed"] as const;

const text = z.string().trim().min(1).max(200);
/** A single word counts as a list of one. Numbers are read as written. */
const oneOrMore = z
  .union([text, z.number(), z.array(z.union([text, z.number()])).min(1)])
  .transform((given) => [given].flat().map(String));
const columns = z.union([text, z.array(text).min(1)]).transform((given) => [given].flat());
const share = z.number().min(0).max(1);

const common = {
  /** Weight relative to the others. Default: 1, or 0 for a must-have, which decides instead of counting. */
  weight: z.number().min(0).max(1_000).optional(),
  mustHave: z.boolean().default(false),
  /** Share that missing data counts here, in place of the profile's `unknown`. */
  unknown: share.optional(),
};
const choice = { anyOf: oneOrMore.optional(), noneOf: oneOrMore.optional(), atLeast: z.int().min(1).optional() };

export const CRITERIA = {
  range: z.strictObject({
    kind: z.literal("range"),
    ...common,
    field: text,
    min: z.number().optional(),
    max: z.number().optional(),
    /** Between this value and `min`, the fit falls to 0. Default: the edge is sharp. */
    zeroBelow: z.number().optional(),
    zeroAbove: z.number().optional(),
    /** Three letters. Amounts in another currency are unknown, never converted. */
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .optional(),
  }),
  set: z.strictObject({ kind: z.literal("set"), ...common, field: text, ...choice }),
  country: z.strictObject({ kind: z.literal("country"), ...common, field: text.default("country"), ...choice }),
  keywords: z.strictObject({
    kind: z.literal("keywords"),
    ...common,
    fields: columns.default(["description"]),
    ...choice,
  }),
  text: z.strictObject({
    kind: z.literal("text"),
    ...common,
    /** Statement that must be true of the company, in plain words. */
    statement: z.string().trim().min(10).max(1_000),
    fields: columns.default(["description"]),
    /** Words for the local judgment. A model reads only the statement. */
    keywords: oneOrMore.optional(),
  }),
} as const satisfies Record<Kind, z.ZodType>;

/** Parts other than the criteria. */
export const PARTS = {
  name: text,
  notes: z.string().optional(),
  // Half: missing data speaks neither for nor against a prospect.
  unknown: share.default(0.5),
  /** Lowest score of each tier. Lower scores are `below`. */
  tiers: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9 _-]{0,39}$/), z.number().min(0).max(100))
    .refine((tiers) => Object.keys(tiers).length > 0, "empty")
    .default({ A: 75, B: 50, C: 25 }),
} as const;

export const PROFILE_KEYS = [...Object.keys(PARTS), "criteria"] as const;

/** A criterion, as it is judged and weighted. */
export type Criterion = { readonly id: string } & z.output<(typeof CRITERIA)[Kind]>;
export type CriterionOf<K extends Kind> = { readonly id: string } & z.output<(typeof CRITERIA)[K]>;

/** A checked profile: plain JSON that is recorded with its run. */
export interface Profile {
  readonly name: string;
  readonly notes?: string | undefined;
  readonly unknown: number;
  /** From highest to lowest. */
  readonly tiers: readonly { readonly name: string; readonly from: number }[];
  /** In the order of the file. */
  readonly criteria: readonly Criterion[];
}

/** Returns a criterion's weight: as written, else 1, or 0 for a must-have. */
export function weightOf({ weight, mustHave }: Criterion): number {
  return weight ?? (mustHave ? 0 : 1);
}

/** Returns the columns that a criterion reads. */
export function fieldsOf(criterion: Criterion): readonly string[] {
  return "fields" in criterion ? criterion.fields : [criterion.field];
}
