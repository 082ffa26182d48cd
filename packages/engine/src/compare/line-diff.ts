/**
 * The differences of two texts, by line, as hunks with context: Myers' O(ND) algorithm with a limit on the number of
 * edits, beyond which a middle is shown as replaced as a whole. Pure.
 */

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

/** 2,000 edits take at most some ten milliseconds and 16 MB; texts that differ more are different texts. */
const EDITS_MAX = 2_000;
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
  const same = (text: string): LineEdit => ({ kind: "same", text });
  return [
    ...before.slice(0, start).map(same),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function diffMiddle(a: readonly string[], b: readonly string[]): readonly LineEdit[] {
  const trace = shortestTrace(a, b);
  if (trace === null) {
    return [
      ...a.map((text): LineEdit => ({ kind: "removed", text })),
      ...b.map((text): LineEdit => ({ kind: "added", text })),
    ];
  }
  const edits: LineEdit[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d > 0; d--) {
    const reach = trace[d - 1] as Int32Array;
    const k = x - y;
    const isDown = k === -d || (k !== d && at(reach, k - 1, d - 1) < at(reach, k + 1, d - 1));
    const kBefore = isDown ? k + 1 : k - 1;
    const xBefore = at(reach, kBefore, d - 1);
    const yBefore = xBefore - kBefore;
    while (x > xBefore && y > yBefore) {
      x--;
      y--;
      edits.push({ kind: "same", text: a[x] ?? "" });
    }
    if (isDown) edits.push({ kind: "added", text: b[--y] ?? "" });
    else edits.push({ kind: "removed", text: a[--x] ?? "" });
  }
  while (x > 0) edits.push({ kind: "same", text: a[--x] ?? "" });
  return edits.reverse();
}

/** The furthest x on diagonal k after d edits; minus one where d edits do not reach it. */
function at(reach: Int32Array, k: number, d: number): number {
  return k < -d || k > d ? -1 : (reach[k + d] ?? -1);
}

/** How far each number of edits reaches; null when more edits than allowed are needed. */
function shortestTrace(a: readonly string[], b: readonly string[]): readonly Int32Array[] | null {
  const trace: Int32Array[] = [];
  const limit = Math.min(a.length + b.length, EDITS_MAX);
  for (let d = 0; d <= limit; d++) {
    const before = trace[d - 1];
    const reach = new Int32Array(2 * d + 1).fill(-1);
    for (let k = -d; k <= d; k += 2) {
      let x = 0;
      if (before) {
        const isDown = k === -d || (k !== d && at(before, k - 1, d - 1) < at(before, k + 1, d - 1));
        x = isDown ? at(before, k + 1, d - 1) : at(before, k - 1, d - 1) + 1;
      }
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach[k + d] = x;
      if (x >= a.length && x - k >= b.length) {
        trace.push(reach);
        return trace;
      }
    }
    trace.push(reach);
  }
  return null;
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
