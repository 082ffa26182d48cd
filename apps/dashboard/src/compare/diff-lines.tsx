/** Lines of a difference, with the words that changed marked. What comes from models stays text. Loaded where one is opened. */
import type { ReactNode } from "react";
import { SCROLLS } from "../parts/scrolls.js";
import { count } from "../words/numbers.js";
import { jsonText } from "./value-text.js";
import { hunksOf, markWords, type TextHunk, type Words, wordsOf } from "./words.js";

const SIGNS = { same: "", removed: "−", added: "+" } as const;
const CLASSES = { same: "", removed: "m", added: "p" } as const;
/** Lines of one value; more are told by their count. */
const LINES_MAX = 200;

interface LineProps {
  readonly kind: keyof typeof SIGNS;
  readonly children: ReactNode;
}

function Line({ kind, children }: LineProps) {
  return (
    <div className={CLASSES[kind]}>
      <span>{SIGNS[kind]}</span>
      <span>{children}</span>
    </div>
  );
}

export function DiffBox({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: two texts with a name
    <div className="dl cmp-diff" role="group" aria-label={label} {...SCROLLS}>
      {children}
    </div>
  );
}

export function PathLine({ children }: { readonly children: ReactNode }) {
  return (
    <div className="x">
      <span />
      <span>{children}</span>
    </div>
  );
}

/** Words have places and never move. */
const marksOf = (words: readonly Words[]): ReactNode =>
  words.map(({ text, isChanged }, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    isChanged ? <mark key={index}>{text}</mark> : text,
  );

export function Hunks({ hunks }: { readonly hunks: readonly TextHunk[] }) {
  return hunks.map((hunk) => (
    <div key={`${hunk.beforeLine} ${hunk.afterLine}`} className="hunk">
      <PathLine>
        line {count(hunk.beforeLine)}, now {count(hunk.afterLine)}
      </PathLine>
      {markWords(hunk.edits).map(({ kind, text, words }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <Line key={index} kind={kind}>
          {words === null ? text : marksOf(words)}
        </Line>
      ))}
    </div>
  ));
}

export function TextDifference({ before, after }: { readonly before: string; readonly after: string }) {
  const hunks = hunksOf(before, after);
  if (hunks !== null) return <Hunks hunks={hunks} />;
  return (
    <>
      <Value kind="removed" value={before} />
      <Value kind="added" value={after} />
    </>
  );
}

interface ValueProps {
  readonly kind: "removed" | "added";
  readonly value: unknown;
}

/** A whole value: a text as it is, all else as JSON, over as many lines as it takes. */
export function Value({ kind, value }: ValueProps) {
  const lines = textOf(value).split("\n");
  return (
    <>
      {lines.slice(0, LINES_MAX).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <Line key={index} kind={kind}>
          {line}
        </Line>
      ))}
      {lines.length > LINES_MAX ? <PathLine>and {count(lines.length - LINES_MAX)} more lines</PathLine> : null}
    </>
  );
}

/** What was and what is, with marks where both are texts that have something in common. */
export function ValueChange({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  if (typeof before === "string" && typeof after === "string") {
    if (before.includes("\n") || after.includes("\n")) return <TextDifference before={before} after={after} />;
    const words = wordsOf(before, after);
    if (words !== null) {
      return (
        <>
          <Line kind="removed">{marksOf(words[0])}</Line>
          <Line kind="added">{marksOf(words[1])}</Line>
        </>
      );
    }
  }
  return (
    <>
      <Value kind="removed" value={before} />
      <Value kind="added" value={after} />
    </>
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : jsonText(value, 2));
