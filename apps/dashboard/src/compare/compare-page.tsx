/** Two runs beside each other. The address says which; the server compares them, as `holdfast diff` does. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { ask, query } from "../api/client.js";
import { parseExact } from "../api/exact-json.js";
import type { Comparison } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Problem } from "../parts/problem.js";
import { SCROLLS } from "../parts/scrolls.js";
import { useTitle } from "../tab/use-title.js";
import { Asked } from "./asked.js";
import { Figures } from "./figures.js";
import { Files } from "./files.js";
import { Items } from "./items.js";
import { PickRun } from "./pick-run.js";
import { verdictOf } from "./verdict.js";

export interface CompareSearch {
  readonly a?: string;
  readonly b?: string;
  /** Map whose items are shown, and in which way they differ. */
  readonly stage?: string;
  readonly change?: string;
}

export function ComparePage() {
  const search = useSearch({ strict: false }) as CompareSearch;
  const { a, b } = search;
  const navigate = useNavigate();
  const pick = (next: CompareSearch) => void navigate({ to: "/compare", search: next as never });
  useTitle(a !== undefined && b !== undefined ? `${a} and ${b}` : "Compare");
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["compare", a, b],
    queryFn: ({ signal }) => ask<Comparison>(`api/compare${query({ a, b })}`, { signal, parse: parseExact }),
    enabled: a !== undefined && b !== undefined,
  });
  return (
    <div className="system" {...SCROLLS}>
      <h1 className="vh">Compare two runs</h1>
      <div className="versus">
        <PickRun side="a" runId={a} run={data?.a} onPick={(id) => pick({ ...(b === undefined ? {} : { b }), a: id })} />
        <span className="mid-col">
          <Button
            kind="bare"
            isIcon
            title="Swap"
            aria-label="Swap"
            refusal={a === undefined || b === undefined ? "Choose two runs first" : null}
            onClick={() => (a === undefined || b === undefined ? undefined : pick({ a: b, b: a }))}
          >
            <ArrowLeftRight className="i s" aria-hidden="true" />
          </Button>
        </span>
        <PickRun side="b" runId={b} run={data?.b} onPick={(id) => pick({ ...(a === undefined ? {} : { a }), b: id })} />
      </div>
      {a === undefined || b === undefined ? (
        <div className="void framed">
          <h2>Choose two runs</h2>
          <p className="dim">
            Type an id above, or select two runs in{" "}
            <Link className="link" to="/runs" search={{}}>
              the list
            </Link>{" "}
            and press Compare.
          </p>
        </div>
      ) : error !== null ? (
        <Problem error={error} what="These runs could not be compared" onAgain={() => void refetch()} />
      ) : isPending ? (
        <p className="pad dim" role="status">
          Comparing what both runs recorded
        </p>
      ) : (
        <Compared comparison={data} search={search} onPick={pick} />
      )}
    </div>
  );
}

interface ComparedProps {
  readonly comparison: Comparison;
  readonly search: CompareSearch;
  readonly onPick: (next: CompareSearch) => void;
}

function Compared({ comparison, search, onPick }: ComparedProps) {
  return (
    <>
      <p className="verdict">
        {verdictOf(comparison).map(({ text, tone }) =>
          tone === "gain" ? <em key={text}>{text}</em> : tone === "loss" ? <u key={text}>{text}</u> : text,
        )}
      </p>
      <Asked comparison={comparison} />
      <div className="split ruled">
        <div>
          <Figures comparison={comparison} />
          <Files comparison={comparison} />
        </div>
        <div className="cmp-items">
          <OfWorkflow comparison={comparison} />
          <Items comparison={comparison} search={search} onPick={onPick} />
        </div>
      </div>
    </>
  );
}

/** What the workflow itself says: which answers became right or wrong, and whether that is more than chance. */
function OfWorkflow({ comparison: { workflow, a } }: { readonly comparison: Comparison }) {
  if (workflow === null || workflow.lines.length === 0) return null;
  return (
    <section className="panel first" aria-labelledby="h-workflow">
      <header>
        <h2 id="h-workflow">What {a.workflow} says</h2>
      </header>
      <pre className="text cmp-lines" {...SCROLLS}>
        {workflow.lines.join("\n")}
      </pre>
    </section>
  );
}
