/** What people type into a search box, as the query of a list: the parser is core's, which `holdfast runs` uses too. */
import type { RunSearch } from "@holdfast/core";
import type { RunsQuery } from "./runs-watch.js";

/** A search as the query of `watchRuns`. */
export function queryOfSearch({ statuses, not, costAboveUsd, costBelowUsd, ...rest }: RunSearch): RunsQuery {
  return {
    ...rest,
    ...(statuses === undefined ? {} : { status: statuses.join(",") }),
    ...(costAboveUsd === undefined ? {} : { costAbove: costAboveUsd }),
    ...(costBelowUsd === undefined ? {} : { costBelow: costBelowUsd }),
    ...(not === undefined ? {} : { not: { ...not, fields: not.fields?.map((term) => term.join("=")) } }),
  };
}
