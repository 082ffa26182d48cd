/** Converts the text of a search box to the query of a list, with core's parser, which `holdfast runs` uses too. */
import type { RunSearch } from "@holdfast/core";
import type { RunsQuery } from "./runs-watch.js";

/** Converts a search to the query of `watchRuns`. */
export function queryOfSearch({ statuses, not, costAboveUsd, costBelowUsd, ...rest }: RunSearch): RunsQuery {
  return {
    ...rest,
    ...(statuses === undefined ? {} : { status: statuses.join(",") }),
    ...(costAboveUsd === undefined ? {} : { costAbove: costAboveUsd }),
    ...(costBelowUsd === undefined ? {} : { costBelow: costBelowUsd }),
    ...(not === undefined ? {} : { not: { ...not, fields: not.fields?.map((term) => term.join("=")) } }),
  };
}
