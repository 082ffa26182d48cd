/** What differs within two texts, by words: pure. In a chunk of its own, since it is needed where a difference is opened. */
import { diffArrays, diffWordsWithSpace } from "diff";

/** Stretches of one of the two texts. */
export interface Words {
  readonly text: string;
  readonly isChanged: boolean;
}

/** A comparison that takes longer shows its lines without marks. */
const TIMEOUT_MS = 150;
const LENGTH_MAX = 20_000;
/** Where less than this share stayed, marks would cover all of it. */
const SAME_SHARE_MIN = 0.2;

/** Null where marks say nothing: too long, or too little in common. */
export function wordsOf(before: string, after: string): readonly [readonly Words[], readonly Words[]] | null {
  if (before.length + after.length > LENGTH_MAX) return null;
  const changes = diffWordsWithSpace(before, after, { timeout: TIMEOUT_MS });
  if (changes === undefined) return null;
  const inBefore: Words[] = [];
  const inAfter: Words[] = [];
  let same = 0;
  for (const { value, added, removed } of changes) {
    if (!added && !removed) same += value.trim().length;
    if (!added) inBefore.push({ text: value, isChanged: removed });
    if (!removed) inAfter.push({ text: value, isChanged: added });
  }
  const length = Math.max(before.trim().length, after.trim().length);
  return length > 0 && same / length >= SAME_SHARE_MIN ? [inBefore, inAfter] : null;
}

export interface Edit {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}
export interface EditWords extends Edit {
  /** Null: without marks. */
  readonly words: readonly Words[] | null;
}

/** Lines of a hunk with the words that differ: a line that went is held against the one that came in its place. */
export function markWords(edits: readonly Edit[]): readonly EditWords[] {
  const marked: EditWords[] = edits.map((edit) => ({ ...edit, words: null }));
  for (let at = 0; at < edits.length; ) {
    const removed = runOf(edits, at, "removed");
    const added = runOf(edits, at + removed, "added");
    for (let pair = 0; pair < Math.min(removed, added); pair++) {
      const [from, to] = [at + pair, at + removed + pair];
      const words = wordsOf(edits[from]?.text ?? "", edits[to]?.text ?? "");
      if (words === null) continue;
      marked[from] = { ...(edits[from] as Edit), words: words[0] };
      marked[to] = { ...(edits[to] as Edit), words: words[1] };
    }
    at += Math.max(1, removed + added);
  }
  return marked;
}

function runOf(edits: readonly Edit[], from: number, kind: Edit["kind"]): number {
  let length = 0;
  while (edits[from + length]?.kind === kind) length++;
  return length;
}

export interface TextHunk {
  readonly beforeLine: number;
  readonly afterLine: number;
  readonly edits: readonly Edit[];
}

/** Lines around a change, so that one sees where it is. */
const CONTEXT_LINES = 3;
const LINES_TIMEOUT_MS = 500;

/** Two texts by line; null where comparing them would take too long. */
export function hunksOf(before: string, after: string): readonly TextHunk[] | null {
  const changes = diffArrays(before.split("\n"), after.split("\n"), { timeout: LINES_TIMEOUT_MS });
  if (changes === undefined) return null;
  const edits = changes.flatMap(({ value, added, removed }) =>
    value.map((text): Edit => ({ kind: added ? "added" : removed ? "removed" : "same", text })),
  );
  const hunks: { beforeLine: number; afterLine: number; edits: Edit[] }[] = [];
  let [beforeLine, afterLine] = [1, 1];
  let lastShown = Number.NEGATIVE_INFINITY;
  for (const [at, edit] of edits.entries()) {
    const near = edits.slice(Math.max(0, at - CONTEXT_LINES), at + CONTEXT_LINES + 1);
    if (near.some(({ kind }) => kind !== "same")) {
      if (lastShown !== at - 1) hunks.push({ beforeLine, afterLine, edits: [] });
      hunks.at(-1)?.edits.push(edit);
      lastShown = at;
    }
    if (edit.kind !== "added") beforeLine++;
    if (edit.kind !== "removed") afterLine++;
  }
  return hunks;
}
