/**
 * Facets: what a choice of a state, a workflow or an owner would leave, with its count. Asked again when the list has moved, as the
 * client tells of it, and every few seconds at most.
 */
import {
  parseRunSearch,
  type RunsQuery,
  type RunsState,
  type SearchTerm,
  searchParamsOf,
  textOfTerms,
} from "@holdfast/client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ask } from "../api/client.js";
import type { Facets } from "../api/types.js";
import { count } from "../words/numbers.js";

const AGAIN_MS = 3_000;
/** More would fill the line; what is left out can be typed. */
const SHOWN_MAX = 6;

interface FacetBarProps {
  readonly q: string;
  readonly filter: RunsQuery;
  readonly runs: Pick<RunsState, "rows" | "newCount" | "asOf">;
  readonly onChange: (q: string) => void;
  readonly onTotal: (total: Facets["total"] | null) => void;
}

export function FacetBar({ q, filter, runs, onChange, onTotal }: FacetBarProps) {
  const path = `api/facets?${searchParamsOf(filter)}`;
  const moved = useSettled(
    `${runs.asOf} ${runs.newCount} ${runs.rows.map(({ status }) => status.slice(0, 2)).join("")}`,
  );
  const { data } = useQuery({
    queryKey: [path, moved],
    queryFn: ({ signal }) => ask<Facets>(path, { signal }),
    placeholderData: keepPreviousData,
    gcTime: 0,
    enabled: runs.asOf > 0,
  });
  const total = data?.total ?? null;
  useEffect(() => onTotal(total), [total, onTotal]);
  if (data === undefined) return <div className="facets" />;
  const terms = parseRunSearch(q);
  const groups = (["status", "workflow", "owner"] as const)
    .map((key) => ({ key, values: data[key].slice(0, SHOWN_MAX) }))
    // One value that every run has says nothing, unless it was chosen.
    .filter(({ key, values }) => values.length > 1 || chosen(terms, key).length > 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form
    <div className="facets" role="group" aria-label="What a filter would leave">
      {groups.map(({ key, values }) => (
        <span key={key} className="facet-group">
          <span className="lab">{LABELS[key]}</span>
          {values.map((facet) => {
            const isOn = chosen(terms, key).includes(facet.value);
            return (
              <button
                key={facet.value}
                type="button"
                className="facet"
                aria-pressed={isOn}
                onClick={() => onChange(textOfTerms(toggled(terms, key, facet.value, isOn)))}
              >
                {facet.value} <b>{wordCount(facet)}</b>
              </button>
            );
          })}
        </span>
      ))}
      <span className="end mid">
        <b className="b ink">{wordCount(data.total)}</b> {terms.length === 0 ? "in all" : "match"}
      </span>
    </div>
  );
}

const LABELS = { status: "State", workflow: "Workflow", owner: "Owner" } as const;

export const wordCount = ({ count: n, isMore }: Facets["total"]): string => `${count(n)}${isMore ? "+" : ""}`;

type FacetKey = keyof typeof LABELS;

const valuesOf = ({ key, value }: SearchTerm) => (key === "status" ? value.split(",") : [value]);
const chosen = (terms: readonly SearchTerm[], key: FacetKey) =>
  terms.filter((term) => term.key === key && !term.isExcluded).flatMap(valuesOf);

/** States add up, of the others there is one. What was left out of the same kind stays left out. */
function toggled(terms: readonly SearchTerm[], key: FacetKey, value: string, isOn: boolean): readonly SearchTerm[] {
  const rest = terms.filter((term) => term.key !== key || term.isExcluded);
  const before = key === "status" ? chosen(terms, key) : [];
  const values = isOn ? before.filter((one) => one !== value) : [...before, value];
  return values.length === 0 ? rest : [...rest, { key, value: values.join(","), isExcluded: false }];
}

/** The value, changed every few seconds at most. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  const changedAt = useRef(0);
  useEffect(() => {
    if (value === settled) return;
    const set = () => {
      changedAt.current = performance.now();
      setSettled(value);
    };
    const dueInMs = changedAt.current + AGAIN_MS - performance.now();
    const timer = setTimeout(set, Math.max(0, dueInMs));
    return () => clearTimeout(timer);
  }, [value, settled]);
  return settled;
}
