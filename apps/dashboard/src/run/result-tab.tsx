/** What came out, by its shape, then what went in and what came out as recorded. */
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import type { Run } from "../api/types.js";
import { partsOf, restOf } from "../results/parts.js";
import { JsonTree } from "../tree/json-tree.js";

const ResultView = lazy(() => import("../results/result-view.js").then((m) => ({ default: m.ResultView })));

export function ResultTab({ run }: { readonly run: Run }) {
  const { output } = run;
  const hasOutput = output !== null && output !== undefined;
  const parts = useMemo(() => partsOf(output), [output]);
  const again = (
    <Link className="btn sm" to="/start/$workflow" params={{ workflow: run.workflow }} search={{ from: run.id }}>
      <Copy className="i s" aria-hidden="true" />
      Copy to a new run
    </Link>
  );
  const isShown = parts.length > 0;
  return (
    <>
      {isShown ? (
        <section className="result" aria-labelledby="h-result">
          <h2 id="h-result" className="vh">
            Result
          </h2>
          <Suspense fallback={null}>
            <ResultView parts={parts} />
          </Suspense>
        </section>
      ) : null}
      <div className="split">
        <section className="panel first" aria-labelledby="h-input">
          <header>
            <h2 id="h-input">Input</h2>
            <span className="dim small">as it was parsed; secrets are hidden</span>
            <span className="end">{again}</span>
          </header>
          <div className="pad">
            <JsonTree value={run.input} label="Input" />
          </div>
        </section>
        <section className="panel first" aria-labelledby="h-output">
          <header>
            <h2 id="h-output">{isShown ? "As recorded" : "Result"}</h2>
            <span className="dim small">{hasOutput ? "what the run returned" : ""}</span>
          </header>
          <div className="pad">
            {hasOutput ? (
              <JsonTree value={isShown ? restOf(output) : output} label="Result" />
            ) : (
              <p className="dim">
                {run.status === "completed" ? "The workflow returned nothing." : "There is none yet."}
              </p>
            )}
          </div>
        </section>
      </div>
    </>
  );
}
