/** A comparison of two runs as lines for people. Pure. */
import { formatCount, plural } from "@holdfast/core";
import type { Colours } from "../output/colour.js";
import { clean, formatBytes, glance, oneLine } from "../output/text.js";
import type { ItemsDifference, KeyList } from "./compare-items.js";
import type { ArtifactDifference, RunDifference } from "./compare-runs.js";
import type { JsonChange } from "./json-diff.js";

/** More changes than this are counted, not listed: `--json` has them all. */
const CHANGES_SHOWN_MAX = 200;

export function renderDifference(difference: RunDifference, colours: Colours, columns: number): string[] {
  const { a, b, equalStages } = difference;
  const lines = [colours.red(`--- ${a}`), colours.green(`+++ ${b}`)];
  for (const { stage, onlyIn, output, artifacts, items } of difference.stages) {
    lines.push("", colours.bold(`stage ${oneLine(stage)}`));
    if (onlyIn !== undefined) lines.push(`  recorded only in ${onlyIn === "a" ? a : b}`);
    if (items !== undefined) lines.push(...itemLines(items));
    if (output.length > 0) lines.push("  output", ...changeLines(output, colours, columns));
    for (const artifact of artifacts) lines.push(...artifactLines(artifact, difference, colours, columns));
  }
  if (equalStages.length > 0)
    lines.push("", colours.dim(`${plural(equalStages.length, "stage")} equal: ${equalStages.map(oneLine).join(", ")}`));
  return lines;
}

/** A few keys to look up; `--json` has twenty, an export all. */
const KEYS_SHOWN_MAX = 5;

function itemLines(items: ItemsDifference): string[] {
  const kinds: readonly (readonly [string, KeyList])[] = [
    ["another result", items.changed],
    ["ok → error", items.okToError],
    ["error → ok", items.errorToOk],
    ["only in the first", items.onlyInA],
    ["only in the second", items.onlyInB],
  ];
  const lines = [`  ${plural(items.inBoth, "item")} in both, ${formatCount(items.same)} of them the same`];
  for (const [name, { count, firstKeys }] of kinds) {
    if (count === 0) continue;
    const keys = firstKeys.slice(0, KEYS_SHOWN_MAX).map(oneLine).join(", ");
    lines.push(`    ${name.padEnd(18)}  ${formatCount(count)}  (${keys}${count > KEYS_SHOWN_MAX ? ", …" : ""})`);
  }
  return lines;
}

function changeLines(changes: readonly JsonChange[], colours: Colours, columns: number): string[] {
  const width = Math.max(20, Math.floor((columns - 20) / 2));
  const lines = changes.slice(0, CHANGES_SHOWN_MAX).map((change) => {
    const path = oneLine(change.path);
    if (change.kind === "added") return `    ${path}: ${colours.green(`+ ${glance(change.after, width)}`)}`;
    if (change.kind === "removed") return `    ${path}: ${colours.red(`- ${glance(change.before, width)}`)}`;
    return `    ${path}: ${colours.red(glance(change.before, width))} → ${colours.green(glance(change.after, width))}`;
  });
  const rest = changes.length - lines.length;
  return rest > 0 ? [...lines, `    … and ${plural(rest, "more change", "more changes")}`] : lines;
}

function artifactLines(artifact: ArtifactDifference, runs: RunDifference, colours: Colours, columns: number): string[] {
  const name = oneLine(artifact.name);
  if (artifact.onlyIn !== undefined) return [`  ${name}  only in ${artifact.onlyIn === "a" ? runs.a : runs.b}`];
  if (artifact.changes) return [`  ${name}`, ...changeLines(artifact.changes, colours, columns)];
  if (artifact.hunks) {
    return [
      `  ${name}`,
      ...artifact.hunks.flatMap((hunk) => [
        colours.cyan(`    @@ line ${hunk.beforeLine} → line ${hunk.afterLine} @@`),
        ...hunk.edits.map(({ kind, text }) => {
          if (kind === "removed") return colours.red(`    - ${clean(text)}`);
          return kind === "added" ? colours.green(`    + ${clean(text)}`) : `      ${clean(text)}`;
        }),
      ]),
    ];
  }
  const [bytesA = 0, bytesB = 0] = artifact.bytes ?? [];
  const [shaA = "", shaB = ""] = artifact.sha256 ?? [];
  return [
    `  ${name}  differs: ${formatBytes(bytesA)} ${shaA.slice(0, 12)} → ${formatBytes(bytesB)} ${shaB.slice(0, 12)}`,
  ];
}
