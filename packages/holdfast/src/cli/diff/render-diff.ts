/**
 * A comparison of two runs as lines for people: what was asked differently, which way items went, what the workflow itself
 * says (tests, figures), then a line for each stage that differs. Single paths and lines come with `--full` alone: a run
 * has thousands of them, and none is the answer. Pure.
 */
import { formatCount, plural } from "@holdfast/core";
import type {
  ArtifactDifference,
  ItemsDifference,
  JsonChange,
  KeyList,
  RunDifference,
  StageDifference,
} from "@holdfast/engine";
import type { Colours } from "../output/colour.js";
import { clean, formatBytes, glance, oneLine, padEnd } from "../output/text.js";

/** More changes than this are counted, not listed: `--json` has them all. */
const CHANGES_SHOWN_MAX = 200;
/** What was asked differently is a handful of fields, or another question altogether. */
const ASKED_SHOWN_MAX = 20;
/** Outputs that differ in so few lines are shown whole without being asked: a screen's half. */
const WHOLE_LINES_MAX = 25;
/** Fields of an output that are shown where the rest is counted. */
const SAMPLE_MAX = 5;

export interface RenderOptions {
  readonly colours: Colours;
  readonly columns: number;
  /** With every path and line. */
  readonly isFull: boolean;
  /** What the workflow's own comparison says; empty where it has none. */
  readonly comparison: readonly string[];
}

export function renderDifference(difference: RunDifference, options: RenderOptions): string[] {
  const { a, b, asked, equalStages, stages } = difference;
  const { colours, columns, comparison, isFull } = options;
  const lines = [colours.red(`--- ${a}`), colours.green(`+++ ${b}`), "", ...askedLines(asked, colours, columns)];
  for (const { stage, items } of stages) {
    if (items !== undefined) lines.push("", colours.bold(`items of ${oneLine(stage)}`), ...itemLines(items));
  }
  if (comparison.length > 0) lines.push("", ...comparison.map(clean));
  const outputs = stages.filter(
    ({ onlyIn, output, artifacts }) => onlyIn !== undefined || output.length + artifacts.length > 0,
  );
  const full = outputs.flatMap((stage) => fullLines(stage, difference, colours, columns));
  const isWhole = isFull || full.length <= WHOLE_LINES_MAX;
  if (outputs.length > 0) {
    lines.push("", colours.bold("outputs"));
    lines.push(...(isWhole ? full : outputs.flatMap((stage) => shortLines(stage, difference, colours, columns))));
  }
  if (equalStages.length > 0) {
    lines.push("", colours.dim(`${plural(equalStages.length, "stage")} equal: ${equalStages.map(oneLine).join(", ")}`));
  }
  if (!isWhole) lines.push("", colours.dim("--full shows every path and line that differs"));
  return lines;
}

export function askedLines(asked: readonly JsonChange[], colours: Colours, columns: number): string[] {
  const heading = colours.bold("request");
  if (asked.length === 0) return [heading, "  no difference: same workflow, version and input"];
  return [heading, ...changeLines(asked, colours, columns, 2, ASKED_SHOWN_MAX)];
}

/** One stage in short: how much differs, in which files, and the first fields of its output. */
function shortLines(stage: StageDifference, runs: RunDifference, colours: Colours, columns: number): string[] {
  // That a file has another hash its own entry says already.
  const telling = stage.output.filter(({ path }) => !/\.(digest|sizeBytes|sha256)$/.test(path));
  return [stageLine(stage, runs), ...changeLines(telling, colours, columns, 6, SAMPLE_MAX)];
}

function stageLine({ stage, onlyIn, output, artifacts }: StageDifference, { a, b }: RunDifference): string {
  if (onlyIn !== undefined) return `  ${oneLine(stage)}  recorded only in ${onlyIn === "a" ? a : b}`;
  const parts = output.length === 0 ? [] : [`${plural(output.length, "field")} of its output`];
  parts.push(...artifacts.map((artifact) => `${oneLine(artifact.name)} (${sizeOf(artifact)})`));
  return `  ${padEnd(oneLine(stage), 10)}  ${parts.join(", ")}`;
}

function sizeOf({ onlyIn, changes, hunks }: ArtifactDifference): string {
  if (onlyIn !== undefined) return `only in ${onlyIn === "a" ? "the first" : "the second"}`;
  if (changes !== undefined) return plural(changes.length, "path");
  if (hunks === undefined) return "different bytes";
  const count = hunks.flatMap(({ edits }) => edits).filter(({ kind }) => kind !== "same").length;
  return plural(count, "line");
}

function fullLines(
  { stage, onlyIn, output, artifacts }: StageDifference,
  runs: RunDifference,
  colours: Colours,
  columns: number,
): string[] {
  const lines = [`  ${colours.bold(`stage ${oneLine(stage)}`)}`];
  if (onlyIn !== undefined) lines.push(`    recorded only in ${onlyIn === "a" ? runs.a : runs.b}`);
  if (output.length > 0) lines.push("  output", ...changeLines(output, colours, columns));
  for (const artifact of artifacts) lines.push(...artifactLines(artifact, runs, colours, columns));
  return lines;
}

/** A few keys to look up; `--json` has twenty, an export all. */
const KEYS_SHOWN_MAX = 5;

function itemLines(items: ItemsDifference): string[] {
  const kinds: readonly (readonly [string, KeyList])[] = [
    ["different result", items.changed],
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

function changeLines(
  changes: readonly JsonChange[],
  colours: Colours,
  columns: number,
  indent = 4,
  max = CHANGES_SHOWN_MAX,
): string[] {
  const width = Math.max(20, Math.floor((columns - 20) / 2));
  const margin = " ".repeat(indent);
  const lines = changes.slice(0, max).map((change) => {
    const path = oneLine(change.path);
    if (change.kind === "added") return `${margin}${path}: ${colours.green(`+ ${glance(change.after, width)}`)}`;
    if (change.kind === "removed") return `${margin}${path}: ${colours.red(`- ${glance(change.before, width)}`)}`;
    return `${margin}${path}: ${colours.red(glance(change.before, width))} → ${colours.green(glance(change.after, width))}`;
  });
  const rest = changes.length - lines.length;
  return rest > 0 ? [...lines, `${margin}… and ${plural(rest, "more change", "more changes")}`] : lines;
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
