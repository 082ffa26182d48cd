/** The two outcomes of an item: values by path, texts by line and word, an error beside what it is instead of. */
import { lazy, Suspense } from "react";
import type { ItemPairPage } from "../api/types.js";
import { DiffBox, PathLine, TextDifference, Value, ValueChange } from "./diff-lines.js";

const JsonValues = lazy(() => import("./json-difference.js").then((m) => ({ default: m.JsonValues })));

interface Item {
  readonly outcome: "ok" | "error";
  readonly output?: unknown;
  readonly error?: { readonly message: string } | null;
}

const outcomeOf = ({ outcome, output, error }: Item): unknown => (outcome === "ok" ? output : (error?.message ?? ""));
const isHolder = (value: unknown) => typeof value === "object" && value !== null;

export function PairDiff({ pair }: { readonly pair: ItemPairPage["rows"][number] }) {
  const [a, b] = [pair.a as Item | null, pair.b as Item | null];
  return (
    <DiffBox label={`Difference of ${pair.key}`}>
      <PathLine>{pair.key}</PathLine>
      <Suspense fallback={null}>{shown()}</Suspense>
    </DiffBox>
  );

  function shown() {
    if (a === null || b === null) {
      return (
        <>
          {a === null ? null : <Value kind="removed" value={outcomeOf(a)} />}
          {b === null ? null : <Value kind="added" value={outcomeOf(b)} />}
        </>
      );
    }
    const [before, after] = [outcomeOf(a), outcomeOf(b)];
    if (a.outcome === "ok" && b.outcome === "ok" && isHolder(before) && isHolder(after))
      return <JsonValues before={before} after={after} />;
    if (typeof before === "string" && typeof after === "string" && a.outcome === b.outcome)
      return <TextDifference before={before} after={after} />;
    return <ValueChange before={before} after={after} />;
  }
}
