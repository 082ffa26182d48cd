// The summary that a person reads first: prospects per tier, the best ones, and what is known about each criterion.
import type { MapRef } from "holdfast";
import { plural, visibleControls, wordCost } from "holdfast/extend";
import { type Profile, weightOf } from "../profile/schema.js";
import type { Ranking } from "../score/ranking.js";
import type { SkippedRow } from "./write.js";

/** Maximum shown here; the tables have all of them. */
const SKIPPED_SHOWN = 10;
const SYNTHETIC_NOTE =
  "**Every score is of synthetic data: invented companies. It tries out the profile and says nothing about any company.**";

export function summaryMarkdown({
  ranking,
  profile,
  cost,
  skipped = [],
}: {
  readonly skipped?: readonly SkippedRow[];
  readonly ranking: Ranking;
  readonly profile: Profile;
  readonly cost: Pick<MapRef, "costUsd" | "unpriced">;
}): string {
  const { prospects, tiers, top, criteria, toCheck, method, data } = ranking;
  const mark = data === undefined ? "" : ` ${data}`;
  const weights = new Map(profile.criteria.map((criterion) => [criterion.id, criterion]));
  const totalWeight = profile.criteria.reduce((sum, criterion) => sum + weightOf(criterion), 0);
  const lines = [
    `# ${cell(profile.name)}`,
    "",
    ...(data === undefined ? [] : [SYNTHETIC_NOTE, ""]),
    `${plural(prospects, "prospect")}. Free-text criteria judged by: ${cell(method)}. Cost: ${wordCost(cost)}.`,
    ...(method.startsWith("local") ? ["", "No model was configured: words stood in for free-text judgements."] : []),
    ...(toCheck > 0
      ? ["", `${toCheck} ranked prospects have a must-have that nobody knows about: see \`to_check\`.`]
      : []),
    ...(skipped.length > 0
      ? [
          "",
          `${plural(skipped.length, "row of the file was", "rows of the file were")} left out:`,
          "",
          ...skipped.slice(0, SKIPPED_SHOWN).map(({ rowNumber, reason }) => `- row ${rowNumber}: ${cell(reason)}`),
          ...(skipped.length > SKIPPED_SHOWN
            ? [`- and ${skipped.length - SKIPPED_SHOWN} more, at the end of ranked.csv`]
            : []),
        ]
      : []),
    "",
    ...table(
      ["tier", "from", "prospects"],
      Object.entries(tiers).map(([name, count]) => [name, fromOf(profile, name), count]),
    ),
    "",
    ...table(
      ["rank", "prospect", "company", "tier", "score"],
      top.map(({ rank, key, company, tier, score }) => [rank, key, company ?? "", tier, `${score.toFixed(2)}${mark}`]),
    ),
    "",
    ...table(
      ["criterion", "kind", "weight", "mean fit", "unknown", "disqualified"],
      criteria.map(({ id, meanFit, unknown, disqualified }) => {
        const criterion = weights.get(id);
        const share = criterion === undefined ? 0 : weightOf(criterion) / totalWeight;
        const fit = meanFit === null ? "" : `${meanFit.toFixed(3)}${mark}`;
        return [id, criterion?.kind ?? "", `${(100 * share).toFixed(1)} %`, fit, unknown, disqualified];
      }),
    ),
    "",
  ];
  return lines.join("\n");
}

function fromOf({ tiers }: Profile, name: string): string | number {
  return tiers.find((tier) => tier.name === name)?.from ?? "";
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((value) => cell(String(value))).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)];
}

/** Names come from files, and none may break the table or control a terminal. */
function cell(text: string): string {
  return visibleControls(text)
    .replace(/\s+/g, " ")
    .replace(/[|<>[\]`*_\\]/g, "\\$&");
}
