// Stages `rank` and `export`: the result of the recorded judgments under the profile's weights and tiers, as figures
// and as files of their attempt.
import { copyFile } from "node:fs/promises";
import type { ArtifactRef, StageContext } from "holdfast";
import { writeWholeFile } from "holdfast/extend";
import { placesOf, type Ranked, type RankedRow, rankedRows, unrankedRows } from "../export/rows.js";
import { summaryMarkdown } from "../export/summary.js";
import type { SkippedRow } from "../export/write.js";
import { writeRankedCsv, writeRankedJson, writeRankedXlsx } from "../export/write.js";
import type { LeadQualificationInput } from "../input.js";
import type { Profile } from "../profile/schema.js";
import { dataOf, type OfData } from "../prospect/synthetic.js";
import { comparePlaced, type Placed } from "../score/order.js";
import type { CriterionFigures, Ranking, TopProspect } from "../score/ranking.js";
import type { Ingested } from "./ingest.js";

/** Number of prospects in the output; the files have all of them. */
const TOP_COUNT = 10;

/**
 * The ranked results and the rows they come from. The inputs of the record name only the results, which in turn name
 * the rows.
 */
interface Sources {
  readonly ranked: Ranked;
  readonly ingested: Ingested;
}

export async function rankProspects(
  stage: StageContext,
  { input, ranked, ingested }: { readonly input: LeadQualificationInput } & Sources,
): Promise<Ranking> {
  const { prospects, skipped = [] } = ingested;
  const of = await dataOf(stage, prospects);
  const tally = new Tally(ranked.profile, of);
  for await (const row of unrankedRows(stage, { ...ranked, ...of })) {
    stage.signal.throwIfAborted();
    tally.add(row);
  }
  const ranking = {
    ...of,
    profile: ranked.profile.name,
    method: methodOf(input),
    ...tally.figures(),
    ...skippedOf(skipped),
  };
  await stage.artifact.write("ranking.json", `${JSON.stringify(ranking, null, 2)}\n`);
  await stage.artifact.write(
    "summary.md",
    summaryMarkdown({ ranking, profile: ranked.profile, cost: ranked.results, skipped }),
  );
  return ranking;
}

const skippedOf = (skipped: readonly SkippedRow[]) => (skipped.length === 0 ? {} : { skipped: skipped.length });

class Tally {
  private prospects = 0;
  private toCheck = 0;
  private readonly tiers = new Map<string, number>();
  /** The best so far, in order; briefly one more than is kept. */
  private readonly best: (Placed & Pick<RankedRow, "company" | "tier">)[] = [];
  private readonly criteria: { id: string; known: number; fits: number; unknown: number; disqualified: number }[];

  constructor(
    { tiers, criteria }: Profile,
    private readonly of: OfData,
  ) {
    for (const name of [...tiers.map((tier) => tier.name), "below", "disqualified", "failed"]) this.tiers.set(name, 0);
    this.criteria = criteria.map(({ id }) => ({ id, known: 0, fits: 0, unknown: 0, disqualified: 0 }));
  }

  add({ key, company, tier, score, known_percent, disqualified_by, to_check, criteria }: RankedRow): void {
    this.prospects++;
    this.tiers.set(tier, (this.tiers.get(tier) ?? 0) + 1);
    if (to_check.length > 0 && score !== null) this.toCheck++;
    if (score !== null) {
      this.best.push({ key, company, tier, score, knownPercent: known_percent ?? 0, isFailed: false });
      this.best.sort(comparePlaced).splice(TOP_COUNT);
    }
    for (const figures of this.criteria) {
      const judged = criteria[figures.id];
      if (judged === undefined) continue;
      if (disqualified_by.includes(figures.id)) figures.disqualified++;
      if (judged.fit === null) figures.unknown++;
      else {
        figures.known++;
        figures.fits += judged.fit;
      }
    }
  }

  figures() {
    const criteria = this.criteria.map(({ id, known, fits, unknown, disqualified }): CriterionFigures => {
      return {
        id,
        meanFit: known === 0 ? null : Math.round((fits / known) * 1_000) / 1_000,
        unknown,
        disqualified,
        ...this.of,
      };
    });
    const { prospects, toCheck } = this;
    const top = this.best.map(({ key, company, tier, score }, index): TopProspect => {
      return { rank: index + 1, key, company, tier, score: score ?? 0, ...this.of };
    });
    return { prospects, tiers: Object.fromEntries(this.tiers), top, criteria, toCheck };
  }
}

/** Who judges the free-text criteria of the run. */
function methodOf({ icp, model }: LeadQualificationInput): string {
  if (!icp.profile.criteria.some(({ kind }) => kind === "text")) return "rules";
  return model === undefined ? "local (word match)" : model.name;
}

export interface Exported {
  readonly rows: number;
  readonly csv: ArtifactRef;
  readonly xlsx: ArtifactRef;
  readonly json: ArtifactRef;
}

/** Writes each file whole or not at all. `out` also gets the one with its ending. */
export async function exportRanking(
  stage: StageContext,
  { ranked: given, ingested, input: { out, company } }: Sources & { readonly input: LeadQualificationInput },
): Promise<Exported> {
  const { artifact, signal } = stage;
  const { prospects, columns = [], skipped = [] } = ingested;
  const ranked = { ...given, ...(await dataOf(stage, prospects)) };
  const places = await placesOf(stage, ranked);
  // The company is already present under our own name.
  const own = columns.filter((name) => name !== "company" || company !== "company");
  const table = { ...ranked, columns: own, skipped };
  const withOwn = () => rankedRows(stage, ranked, places, { prospects });
  let rows = 0;
  const csv = await artifact.writeWith("ranked.csv", async (path) => {
    rows = await writeRankedCsv(path, withOwn(), table, { signal });
  });
  const xlsx = await artifact.writeWith("ranked.xlsx", (path) => writeRankedXlsx(path, withOwn(), table));
  const json = await artifact.writeWith("ranked.json", (path) =>
    writeRankedJson(path, rankedRows(stage, ranked, places), { signal }),
  );
  if (out !== undefined) {
    const [, ending = ""] = /\.(\w+)$/.exec(out.toLowerCase()) ?? [];
    const source = await artifact.locate({ csv, xlsx, json }[ending as "csv"]);
    await writeWholeFile(out, ({ path }) => copyFile(source, path));
    stage.log(`the ranking was written to ${out}`);
  }
  return { rows, csv, xlsx, json };
}
