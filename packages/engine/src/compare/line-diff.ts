/**
 * The differences of two texts, by line, as hunks with context. The library's search takes time quadratic in the number
 * of edits, so there is a limit, beyond which a middle is shown as replaced as a whole. Pure.
 */
import { diffArrays } from "diff";

export interface LineEdit {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

export interface Hunk {
  /** First lines in each text, from 1. */
  readonly beforeLine: number;
  readonly afterLine: number;
  readonly edits: readonly LineEdit[];
}

/** 1,000 edits take at most about 0.1 s and 20 MB; texts that differ more are different texts. */
const EDITS_MAX = 1_000;
const CONTEXT_LINES = 3;

export function splitLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export function diffLines(before: readonly string[], after: readonly string[]): readonly LineEdit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  // Equal ends stay, even if the middle is replaced as a whole.
  const same = (text: string): LineEdit => ({ kind: "same", text });
  return [
    ...before.slice(0, start).map(same),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function diffMiddle(before: readonly string[], after: readonly string[]): readonly LineEdit[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: EDITS_MAX });
  // Undefined beyond the limit.
  const parts = changes ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  return parts.flatMap(({ value, removed, added }) => {
    const kind = removed ? "removed" : added ? "added" : "same";
    return value.map((text) => ({ kind, text }) as const);
  });
}

/** The changes with three lines around each; near ones share a hunk. */
export function hunksOf(edits: readonly LineEdit[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let beforeLine = 1;
  let afterLine = 1;
  let open: { beforeLine: number; afterLine: number; edits: LineEdit[]; quiet: number } | null = null;
  const leading: LineEdit[] = [];
  const close = () => {
    if (open === null) return;
    const surplus = Math.max(0, open.quiet - CONTEXT_LINES);
    hunks.push({
      beforeLine: open.beforeLine,
      afterLine: open.afterLine,
      edits: open.edits.slice(0, open.edits.length - surplus),
    });
    open = null;
  };
  for (const edit of edits) {
    if (edit.kind === "same") {
      if (open) {
        open.edits.push(edit);
        open.quiet++;
        if (open.quiet > 2 * CONTEXT_LINES) close();
      }
      leading.push(edit);
      if (leading.length > CONTEXT_LINES) leading.shift();
    } else {
      open ??= {
        beforeLine: beforeLine - leading.length,
        afterLine: afterLine - leading.length,
        edits: [...leading],
        quiet: 0,
      };
      open.edits.push(edit);
      open.quiet = 0;
      leading.length = 0;
    }
    if (edit.kind !== "added") beforeLine++;
    if (edit.kind !== "removed") afterLine++;
  }
  close();
  return hunks;
}
