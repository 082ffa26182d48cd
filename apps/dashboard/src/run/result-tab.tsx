/** What went in and what came out, as recorded. */
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { Run } from "../api/types.js";
import { JsonTree } from "../parts/json-tree.js";

export function ResultTab({ run }: { readonly run: Run }) {
  const hasOutput = run.output !== null && run.output !== undefined;
  return (
    <div className="split">
      <section className="panel first" aria-labelledby="h-input">
        <header>
          <h2 id="h-input">Input</h2>
          <span className="dim small">as it was parsed; secrets are hidden</span>
          <span className="end">
            <Link
              className="btn sm"
              to="/start/$workflow"
              params={{ workflow: run.workflow }}
              search={{ from: run.id }}
            >
              <Copy className="i s" aria-hidden="true" />
              Copy to a new run
            </Link>
          </span>
        </header>
        <div className="pad">
          <JsonTree value={run.input} label="Input" />
        </div>
      </section>
      <section className="panel first" aria-labelledby="h-output">
        <header>
          <h2 id="h-output">Result</h2>
          <span className="dim small">{hasOutput ? "what the run returned" : ""}</span>
        </header>
        <div className="pad">
          {hasOutput ? (
            <JsonTree value={run.output} label="Result" />
          ) : (
            <p className="dim">
              {run.status === "completed" ? "The workflow returned nothing." : "There is none yet."}
            </p>
          )}
        </div>
      </section>
    </div>
  );
}
