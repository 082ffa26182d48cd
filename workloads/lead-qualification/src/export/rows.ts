// The ranking as rows, in order. Memory holds the positions (key, score, known share: a few dozen bytes per prospect)
// and the rows of one window. The results are read once for the positions, and once for each window of a file.
import type { DatasetRef, ItemResult, MapRef, StageContext } from "holdfast";
import type { Judgement } from "../criteria/judgement.js";
import type { Profile } from "../profile/schema.js";
import type { ProspectRow } from "../prospect/row.js";
import type { OfData } from "../prospect/synthetic.js";
import type { Assessment } from "../score/assessment.js";
import { comparePlaced, type Placed } from "../score/order.js";
import { type Score, scoreProspect } from "../score/score.js";

/** Rows held at once, about a kilobyte each. */
const WINDOW_ROWS = 50_000;

export interface RankedCriterion extends Judgement {
  /** Points that it contributes to the score. */
  readonly points: number;
}

export interface RankedRow extends OfData {
  /** Rank, from 1; null for disqualified and failed prospects. */
  readonly rank: number | null;
  readonly key: string;
  readonly company: string | null;
  /** A tier of the profile, `below`, `disqualified` or `failed`. */
  readonly tier: string;
  readonly score: number | null;
  readonly known_percent: number | null;
  readonly disqualified_by: readonly string[];
  readonly to_check: readonly string[];
  /** `rules`, `local`, or the model that judged; null if nothing was judged. */
  readonly method: string | null;
  readonly error: string | null;
  /** By criterion, in the order of the profile; empty if the prospect failed. */
  readonly criteria: { readonly [id: string]: RankedCriterion };
}

export interface Ranked {
  readonly profile: Profile;
  readonly results: MapRef<Assessment>;
}

/** The ranking, with a mark if its data is synthetic. */
export type RankedData = Ranked & OfData;

type Results = Pick<StageContext, "results">;

export async function placesOf({ results }: Results, { profile, results: ref }: Ranked): Promise<Placed[]> {
  const places: Placed[] = [];
  for await (const result of results(ref)) {
    const scored = result.outcome === "ok" ? scoreProspect(profile, result.output.judgements) : null;
    const { score = null, knownPercent = 0 } = scored ?? {};
    places.push({ key: result.key, score, knownPercent, isFailed: scored === null });
  }
  return places.sort(comparePlaced);
}

/** A row of the ranking, with the row of the file if requested. */
export type RankedWithOwn = RankedRow & { readonly own?: ProspectRow | undefined };

interface RankedRowsOptions {
  /** The dataset, if each row should include its row of the file. */
  readonly prospects?: DatasetRef<ProspectRow> | undefined;
  readonly windowRows?: number | undefined;
}

export async function* rankedRows(
  stage: Results & Partial<Pick<StageContext, "rows">>,
  ranked: RankedData,
  places: readonly Placed[],
  { prospects, windowRows = WINDOW_ROWS }: RankedRowsOptions = {},
): AsyncGenerator<RankedWithOwn> {
  for (let from = 0; from < places.length; from += windowRows) {
    const window = places.slice(from, from + windowRows);
    const placeOf = new Map(window.map(({ key }, index) => [key, index]));
    const rows = new Array<RankedWithOwn>(window.length);
    for await (const result of stage.results(ranked.results)) {
      const index = placeOf.get(result.key);
      if (index === undefined) continue;
      rows[index] = toRow(result, ranked, window[index]?.score === null ? null : from + index + 1);
    }
    if (prospects !== undefined && stage.rows !== undefined) {
      for await (const { key, row: own } of stage.rows(prospects)) {
        const index = placeOf.get(key);
        const row = index === undefined ? undefined : rows[index];
        if (index !== undefined && row !== undefined) rows[index] = { ...row, own };
      }
    }
    yield* rows;
  }
}

/** Rows in key order, without a rank. */
export async function* unrankedRows({ results }: Results, ranked: RankedData): AsyncGenerator<RankedRow> {
  for await (const result of results(ranked.results)) yield toRow(result, ranked, null);
}

function toRow(result: ItemResult<Assessment>, { profile, data }: RankedData, rank: number | null): RankedRow {
  const { key } = result;
  const of = data === undefined ? {} : { data };
  if (result.outcome === "error") {
    const error = `${result.category}: ${result.error.message}`;
    const nothing = {
      company: null,
      score: null,
      known_percent: null,
      disqualified_by: [],
      to_check: [],
      method: null,
    };
    return { rank, key, ...nothing, tier: "failed", error, criteria: {}, ...of };
  }
  const { company, judgements, method, model } = result.output;
  const scored = scoreProspect(profile, judgements);
  return {
    rank,
    key,
    company,
    tier: scored.tier,
    score: scored.score,
    known_percent: scored.knownPercent,
    disqualified_by: scored.disqualifiedBy,
    to_check: scored.toCheck,
    method: model ?? method,
    error: null,
    criteria: criteriaOf(profile, judgements, scored),
    ...of,
  };
}

function criteriaOf({ criteria }: Profile, judgements: Assessment["judgements"], { points }: Score) {
  return Object.fromEntries(
    criteria.map(({ id }) => {
      const { fit = null, why = "" } = judgements[id] ?? {};
      return [id, { fit, points: points[id] ?? 0, why }];
    }),
  );
}
