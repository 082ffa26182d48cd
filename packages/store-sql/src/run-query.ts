/** What a list of runs asks for, with every default filled in. */
import { RUN_STATUSES, type RunExclusions, type RunQuery, type RunStatus, toNanos } from "@holdfast/core";
import { readCursor } from "./cursor.js";

/** `RunQuery` with its defaults; null is any. */
export interface ListQuery {
  readonly statuses: readonly RunStatus[] | null;
  readonly workflow: string | null;
  readonly owner: string | null;
  readonly isResumable: boolean;
  /** ID of the run whose children are meant. */
  readonly parent: string | null;
  readonly idPrefix: string | null;
  readonly updatedSince: number | null;
  /** Search fields with the value of each. */
  readonly fields: readonly (readonly [field: string, value: string])[];
  readonly not: { readonly [K in Exclude<keyof RunExclusions, "tags">]-?: NonNullable<RunExclusions[K]> };
  readonly createdSince: number | null;
  readonly createdBefore: number | null;
  readonly costAboveNanos: number | null;
  readonly costBelowNanos: number | null;
  readonly cause: string | null;
  readonly limit: number;
  readonly before: number | null;
}

/** Tags are kept as values of this field: no workflow can declare one of such a name. */
export const TAG_FIELD = "#tag";

const tagged = (tags: readonly string[] = []) => tags.map((tag) => [TAG_FIELD, tag] as const);

export function withDefaults(query: RunQuery): ListQuery {
  const { status, statuses = RUN_STATUSES, not, costAboveUsd, costBelowUsd, cursor } = query;
  const isAny = status === undefined && query.statuses === undefined;
  return {
    statuses: isAny ? null : RUN_STATUSES.filter((one) => statuses.includes(one) && (status ?? one) === one),
    workflow: query.workflow ?? null,
    owner: query.owner ?? null,
    isResumable: query.isResumable === true,
    parent: query.parent ?? null,
    idPrefix: query.idPrefix ?? null,
    updatedSince: query.updatedSince ?? null,
    fields: [...Object.entries(query.fields ?? {}), ...tagged(query.tags)],
    not: {
      ...{
        workflows: not?.workflows ?? [],
        owners: not?.owners ?? [],
        fields: [...(not?.fields ?? []), ...tagged(not?.tags)],
      },
      causes: not?.causes ?? [],
    },
    createdSince: query.createdSince ?? null,
    createdBefore: query.createdBefore ?? null,
    costAboveNanos: costAboveUsd === undefined ? null : toNanos(costAboveUsd),
    costBelowNanos: costBelowUsd === undefined ? null : toNanos(costBelowUsd),
    cause: query.cause ?? null,
    limit: query.limit,
    before: cursor === undefined ? null : readCursor(cursor, 1)[0],
  };
}
