/** Failed items by cause: the count is the loudest, then the sentence, then what they share, and what would be tried again. */
import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import { runPath } from "../api/client.js";
import { useActRefusal } from "../api/session-context.js";
import type { ErrorGroupPage, Run } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { Button } from "../parts/button.js";
import { count } from "../words/numbers.js";
import { clock } from "../words/times.js";
import { openPlan } from "./plan-open.js";

type Group = ErrorGroupPage["rows"][number];

interface ErrorCausesProps {
  readonly run: Run;
  readonly failed: number;
  /** Default five. */
  readonly shown?: number;
}

export function ErrorCauses({ run, failed, shown = 5 }: ErrorCausesProps) {
  const refusal = useActRefusal();
  const path = runPath(run.id, "/errors");
  const { data } = usePolled<ErrorGroupPage>(path, { everyMs: run.status === "running" ? 5_000 : null });
  const groups = data?.rows ?? [];
  const rest = groups.slice(shown);
  const whyNot = refusal ?? (isAtRest(run) ? null : "Failed items can be tried again once the run has stopped");
  return (
    <section className="panel first errs" aria-labelledby="h-causes">
      <header>
        <h2 id="h-causes">Why {count(failed)} failed</h2>
        <span className="dim small">by cause{data?.isWhole === false ? ", of the first 20,000" : ""}</span>
        <span className="end">
          <Button size="sm" refusal={whyNot} onClick={() => openPlan("errors", "all failed items")}>
            <RotateCcw className="i s" aria-hidden="true" />
            Retry all {count(failed)}…
          </Button>
        </span>
      </header>
      <ul>
        {groups.slice(0, shown).map((group) => (
          <li key={group.fingerprint}>
            <span className="n num">{count(group.count)}</span>
            <span className="cut">
              <span className="m cut" title={group.message}>
                {group.message}
              </span>
              <br />
              <span className="w">
                {group.category.replaceAll("_", " ")} · {span(group)}
                {group.attemptsMax > 1 ? ` · tried up to ${group.attemptsMax} times` : ""} · {group.stage}
              </span>
            </span>
            <span className="btns">
              <Link
                className="btn sm bare"
                to="/runs/$runId/$tab"
                params={{ runId: run.id, tab: "items" }}
                search={{ map: group.stage, cause: group.fingerprint }}
              >
                Show items
              </Link>
              <Button
                size="sm"
                refusal={whyNot}
                onClick={() => openPlan(`cause:${group.fingerprint}`, `the ${count(group.count)} of one cause`)}
              >
                Retry {count(group.count)}…
              </Button>
            </span>
          </li>
        ))}
        {rest.length === 0 ? null : (
          <li>
            <span className="n num">{count(rest.reduce((sum, group) => sum + group.count, 0))}</span>
            <span className="m">of {count(rest.length)} other causes</span>
            <span />
          </li>
        )}
      </ul>
    </section>
  );
}

const isAtRest = ({ status }: Run) => status === "paused" || status === "failed" || status === "completed";

const span = ({ firstAt, lastAt }: Group) =>
  lastAt - firstAt < 1_000 ? clock(lastAt) : `${clock(firstAt)}–${clock(lastAt)}`;
