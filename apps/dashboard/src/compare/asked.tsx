/** Whether like is compared with like: what was asked differently, each difference. */
import { ArrowRight, CircleAlert, CircleCheck } from "lucide-react";
import type { Comparison } from "../api/types.js";
import { count, counted } from "../words/numbers.js";
import { valueText } from "./value-text.js";

const SHOWN = 6;

export function Asked({ comparison: { asked, a, b } }: { readonly comparison: Comparison }) {
  const isSameWorkflow = a.workflow === b.workflow && a.version === b.version;
  return (
    <div className="like">
      {isSameWorkflow ? (
        <span className="pill ok">
          <CircleCheck className="i" aria-hidden="true" />
          Like for like
        </span>
      ) : (
        <span className="pill hold">
          <CircleAlert className="i" aria-hidden="true" />
          Not like for like
        </span>
      )}
      <span className="mid">
        {isSameWorkflow ? `Same workflow ${a.workflow}${a.version === null ? "" : ` ${a.version}`}. ` : ""}
        {asked.count === 0
          ? "Nothing was asked differently."
          : `${counted(asked.count, "setting")} differ${asked.count === 1 ? "s" : ""}:`}
      </span>
      {asked.first.slice(0, SHOWN).map(({ path, before, after }) => (
        <span key={path}>
          <span className="mono small">{path}</span> <span className="tag solid mono">{valueText(before)}</span>{" "}
          <ArrowRight className="i s" aria-label="became" /> <span className="tag solid mono">{valueText(after)}</span>
        </span>
      ))}
      {asked.count > SHOWN ? <span className="dim">and {count(asked.count - SHOWN)} more</span> : null}
    </div>
  );
}
