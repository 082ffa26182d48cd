/** Two values by path; those that are too large to be matched are shown by line. Loaded where one is opened. */
import { useMemo } from "react";
import { count, counted } from "../words/numbers.js";
import { PathLine, TextDifference, Value, ValueChange } from "./diff-lines.js";
import { differencesOf, type JsonDifference } from "./json-delta.js";
import { jsonText } from "./value-text.js";

/** More than a person reads. */
const SHOWN = 300;

export function JsonValues({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const differences = useMemo(() => differencesOf(before, after), [before, after]);
  if (differences === null) return <TextDifference before={jsonText(before, 2)} after={jsonText(after, 2)} />;
  return <JsonDifferences differences={differences} />;
}

interface JsonDifferencesProps {
  readonly differences: readonly JsonDifference[];
  /** Of how many these are the first. */
  readonly total?: number;
}

export function JsonDifferences({ differences, total = differences.length }: JsonDifferencesProps) {
  if (differences.length === 0) return <PathLine>Both are the same.</PathLine>;
  const shown = differences.slice(0, SHOWN);
  return (
    <>
      {shown.map((one) => (
        <div key={`${one.kind} ${one.path}`} className="hunk">
          <PathLine>
            {one.path}
            {one.kind === "moved" ? ` moved to [${String(one.after)}]` : ""}
          </PathLine>
          {one.kind === "added" ? (
            <Value kind="added" value={one.after} />
          ) : one.kind === "removed" ? (
            <Value kind="removed" value={one.before} />
          ) : one.kind === "changed" ? (
            <ValueChange before={one.before} after={one.after} />
          ) : null}
        </div>
      ))}
      {total > shown.length ? (
        <PathLine>
          The first {count(shown.length)} of {counted(total, "difference")}.
        </PathLine>
      ) : null}
    </>
  );
}
