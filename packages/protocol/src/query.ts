/** Path parameters and queries. A key given twice, an unknown key or a value out of range is refused. */
import { COUNT_GROUPINGS, DURATION_MAX_MS, ERROR_CATEGORIES, RUN_EVENT_TYPES } from "@holdfast/core";
import { z } from "zod";
import { callerName, cursor, fingerprint, name, queryCount, queryFlag, queryUsd, runId, runStatus } from "./scalars.js";

export const runParams = z.object({ runId });
export const artifactParams = z.object({ runId, "*": z.string().max(2_000) });

export const noQuery = z.strictObject({});

const searchTerm = z
  .string()
  .max(400)
  .regex(/^[A-Za-z0-9_.]+=/, "a field and its value are expected, as country=NO");

const FIELD_PREFIX = "field.";

/** Converts `field.country=NO` of a query to the form of the schema below, `field=country=NO`. Other parameters stay as they are. */
export function gatherFields(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const terms = Object.entries(query).filter(
    ([key, value]) => key.startsWith(FIELD_PREFIX) && typeof value === "string",
  );
  if (terms.length === 0) return { ...query };
  const rest = Object.fromEntries(Object.entries(query).filter(([key]) => !terms.some(([taken]) => taken === key)));
  const given = rest.field === undefined ? [] : [rest.field].flat();
  return { ...rest, field: [...given, ...terms.map(([key, value]) => `${key.slice(FIELD_PREFIX.length)}=${value}`)] };
}

/** Splits a term into its field and its value. */
export const termOf = (term: string): readonly [field: string, value: string] => [
  term.slice(0, term.indexOf("=")),
  term.slice(term.indexOf("=") + 1),
];

/** Groups terms by field. */
export function fieldsOf(terms: readonly string[] | undefined): Readonly<Record<string, string>> | undefined {
  if (terms === undefined) return undefined;
  return Object.fromEntries(terms.map(termOf));
}

/** Once or several times. */
const several = <const T extends z.ZodType>(one: T) =>
  z
    .union([one, z.array(one).min(1).max(8)])
    .transform((given) => (Array.isArray(given) ? given : [given]) as z.output<T>[])
    .optional();

/** Filters for runs, without paging. */
const runFilter = {
  status: z
    .string()
    .transform((words) => words.split(","))
    .pipe(z.array(runStatus).min(1))
    .optional()
    .meta({ type: "string", description: "One, or several separated by commas." }),
  workflow: name.optional(),
  owner: callerName.optional(),
  resumable: queryFlag.optional(),
  parent: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/, "a run id is expected")
    .optional()
    .meta({ description: "Children of this run." }),
  idPrefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/, "the beginning of a run id is expected")
    .optional()
    .meta({ description: "Runs whose ID begins with this text." }),
  field: z
    .union([searchTerm, z.array(searchTerm).min(1).max(8)])
    .transform((given) => (typeof given === "string" ? [given] : given))
    .optional()
    .meta({
      description:
        "`country=NO`, or as a separate parameter `field.country=NO`: runs with this value in a search field.",
    }),
  notWorkflow: several(name).meta({ description: "Excludes runs of this workflow; may be given several times." }),
  notOwner: several(callerName).meta({ description: "Excludes runs of this owner; may be given several times." }),
  notField: several(searchTerm).meta({
    description: "`country=NO`: excludes runs with this value in a search field; may be given several times.",
  }),
  createdSince: queryCount(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Created at this time or later, milliseconds UTC." }),
  createdBefore: queryCount(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Created before this time, milliseconds UTC." }),
  costAbove: queryUsd.optional().meta({ description: "Runs whose calls cost more than this, in US dollars." }),
  costBelow: queryUsd.optional().meta({ description: "Runs whose calls cost less than this, in US dollars." }),
  cause: fingerprint.optional().meta({
    description: "Runs that failed for this cause, or have a failed item of it: a `fingerprint` of `/api/errors`.",
  }),
  notCause: several(fingerprint).meta({ description: "Excludes runs with a failure of this cause; may be repeated." }),
};

/** Filters for runs that are counted instead of listed. */
export const facetsQuery = z.strictObject(runFilter);
export type FacetsQuery = z.output<typeof facetsQuery>;

export const listQuery = z.strictObject({
  ...runFilter,
  updatedSince: queryCount(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Changed at this time or later, or active: pass `asOf` of the previous response." }),
  limit: queryCount(1, 200).optional().meta({ description: "Default 50." }),
  cursor: cursor.optional(),
});
export type ListQuery = z.output<typeof listQuery>;

export const eventsQuery = z.strictObject({
  after: queryCount(0, 2 ** 32)
    .optional()
    .meta({ description: "Events after this number; default 0." }),
  limit: queryCount(1, 1_000).optional().meta({ description: "Default 200." }),
  type: z.enum(RUN_EVENT_TYPES).optional(),
  stage: name.optional(),
  live: queryFlag.optional().meta({
    description: "For the stream: also send progress and heads, as `run:progress` and `run:head`. Default false.",
  }),
});

export const itemsQuery = z.strictObject({
  stage: name.optional().meta({ description: "The map; required if the run has several." }),
  outcome: z.enum(["ok", "error"]).optional(),
  category: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ examples: [...ERROR_CATEGORIES] }),
  cause: fingerprint.optional().meta({ description: "Only failures of this cause." }),
  limit: queryCount(1, 500).optional().meta({ description: "Default 100." }),
  cursor: z.string().min(1).max(2_000).optional(),
});

export const stageQuery = z.strictObject({ stage: name.optional() });

export const artifactQuery = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .meta({ description: "The recorded hash: the response may then be cached forever." }),
  view: z.enum(["frame"]).optional().meta({
    description:
      "For a frame of the page: HTML and PDF are sent with their own media type, in a sandbox without scripts and without an origin. Default: a download.",
  }),
});

/** Several words separated by commas, each from a fixed list. */
const wordsOf = <const T extends readonly string[]>(words: T) =>
  z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(words)).min(1));

const statisticsQuery = {
  limit: queryCount(1, 500).optional().meta({ description: "Number of active runs to return; default 100." }),
  owner: callerName
    .optional()
    .meta({ description: "Only runs of this owner; users other than admins see only their own." }),
  windowMs: queryCount(1, DURATION_MAX_MS)
    .optional()
    .meta({ description: "How long ago the runs counted in `recent` finished at most; default 24 hours." }),
  groupBy: wordsOf(COUNT_GROUPINGS)
    .optional()
    .meta({ type: "string", description: "Groups the counts by `workflow`, `owner`, or both separated by a comma." }),
};

export const managementQuery = z.strictObject({
  ...statisticsQuery,
  workflow: name.optional().meta({ description: "Only runs of this workflow, with the settings in force for it." }),
});
export type ManagementQuery = z.output<typeof managementQuery>;

export const failuresQuery = z.strictObject({
  since: queryCount(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Failures recorded at this time or later; default 30 days ago." }),
  dayOffsetMs: z
    .string()
    .regex(/^-?\d{1,8}$/, "milliseconds are expected")
    .transform(Number)
    .pipe(z.number().int().min(-50_400_000).max(50_400_000))
    .optional()
    .meta({
      type: "integer",
      description: "Offset from UTC at which days begin, at most 14 hours either way. Default 0.",
    }),
  workflow: name.optional(),
  category: z.string().min(1).max(100).optional(),
  owner: callerName
    .optional()
    .meta({ description: "Only runs of this owner; users other than admins see only their own." }),
});

/** For a single workflow, given by the path. */
export const qualifyManagementQuery = z.strictObject(statisticsQuery);

export const auditQuery = z.strictObject({
  runId: runId.optional(),
  actor: callerName.optional(),
  action: z.string().min(1).max(40).optional(),
  limit: queryCount(1, 500).optional().meta({ description: "Default 100." }),
  cursor: cursor.optional(),
});
