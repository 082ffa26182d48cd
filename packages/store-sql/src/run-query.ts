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
  readonly not: { readonly [K in keyof RunExclusions]-?: NonNullable<RunExclusions[K]> };
  readonly createdSince: number | null;
  readonly createdBefore: number | null;
  readonly costAboveNanos: number | null;
  readonly costBelowNanos: number | null;
  readonly cause: string | null;
  readonly limit: number;
  readonly before: number | null;
}

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
    fields: Object.entries(query.fields ?? {}),
    not: {
      ...{ workflows: not?.workflows ?? [], owners: not?.owners ?? [], fields: not?.fields ?? [] },
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
