/** What can be done about a run, and its checkpoints, for people: what `--verbose` adds to one run. Pure. */
import { formatCount, formatUsd, plural } from "@holdfast/core";
import type { CheckpointView, RecoveryOptionsView } from "@holdfast/engine";
import type { Colours } from "./colour.js";
import { factLine, LABEL_WIDTH } from "./facts.js";
import { formatBytes, glance, oneLine } from "./text.js";
import { formatDuration, formatInstant } from "./time.js";

export function optionLines(options: RecoveryOptionsView, colours: Colours): string[] {
  const { resume, restart, fork } = options;
  const stages = (names: readonly string[]) => (names.length === 0 ? "nothing" : names.map(oneLine).join(", "));
  const fact = (label: string, isAllowed: boolean, why: string | null, text: string) =>
    factLine(label, isAllowed ? text : `${colours.yellow("no")}: ${oneLine(why ?? "not possible now")}`, colours);
  const items =
    resume.keepsItems === 0 && resume.redoesItems === 0
      ? ""
      : `, keeps ${countOr(resume.keepsItems, "items", (count) => plural(count, "item"))}, calls ${countOr(resume.redoesItems, "", formatCount)}`;
  const from = resume.fromStage === null ? "" : `from ${oneLine(resume.fromStage)}, `;
  const cost =
    resume.estimatedUsd !== null && resume.estimatedUsd[1] > 0
      ? `, ${formatUsd(resume.estimatedUsd[0])} to ${formatUsd(resume.estimatedUsd[1])}`
      : "";
  return [
    fact(
      "resume",
      resume.isAllowed,
      resume.why,
      `${from}keeps ${stages(resume.keepsStages)}${items}${wordTime(resume.estimatedMs)}${cost}`,
    ),
    fact(
      "restart",
      restart.isAllowed,
      restart.why,
      `redoes ${stages(restart.losesStages)}${wordTime(restart.estimatedMs)}`,
    ),
    fact("fork", fork.isAllowed, fork.why, `from ${fork.fromStages.map(oneLine).join(", ")}`),
  ];
}

/** "unknown items" where nobody knows how many. */
const countOr = (count: number | null, noun: string, word: (count: number) => string) =>
  count === null ? `unknown ${noun}`.trim() : word(count);
const wordTime = (ms: number | null) => (ms === null ? "" : `, about ${formatDuration(ms)}`);

export function checkpointLines(
  checkpoints: readonly CheckpointView[],
  how: { readonly columns: number; readonly colours: Colours },
): string[] {
  const { colours, columns } = how;
  if (checkpoints.length === 0) return [factLine("checkpoint", "none saved", colours)];
  return checkpoints.flatMap((checkpoint) => {
    const { stage, attempt, savedAt, sizeBytes, keys, sample, problems, isValid } = checkpoint;
    const mark = isValid === false ? `, ${colours.red("not valid")}` : "";
    const head = `${oneLine(stage)}, attempt ${attempt}, ${formatBytes(sizeBytes)}, saved ${formatInstant(savedAt)} UTC${mark}`;
    const more = (text: string) => `  ${" ".repeat(LABEL_WIDTH)}${text}`;
    return [
      factLine("checkpoint", head, colours),
      ...(keys.length === 0 ? [] : [more(`keys ${keys.map(oneLine).join(", ")}`)]),
      ...(sample === null ? [] : [more(glance(sample, Math.max(20, columns - LABEL_WIDTH - 2)))]),
      ...problems.map(({ message, isFatal }) =>
        more(isFatal ? colours.red(oneLine(message)) : colours.dim(oneLine(message))),
      ),
    ];
  });
}
