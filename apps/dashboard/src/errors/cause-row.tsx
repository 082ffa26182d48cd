/** One cause: its count, its sentence, its days; opened, the runs that have it, and the retry of all of them. */
import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useActRefusal } from "../api/session-context.js";
import { Button } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { BulkDialog } from "../runs/bulk-dialog.js";
import { count, counted } from "../words/numbers.js";
import { ago, instant } from "../words/times.js";
import { type Cause, groupOf } from "./cause.js";
import { Marked, Marks } from "./marks.js";

/** First seen as lately as that, it is new. */
const NEW_MS = 24 * 3_600_000;

interface CauseRowProps {
  readonly cause: Cause;
  /** Columns that are shown. */
  readonly columns: number;
  readonly firstDay: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  /** The plan of a retry was agreed to. */
  readonly onRetry: (planId: string) => void;
}

export function CauseRow({ cause, columns, firstDay, isOpen, onToggle, onRetry }: CauseRowProps) {
  const nowMs = useNow();
  const where = [cause.category.toLowerCase(), cause.stage ?? "the run", cause.workflows.join(", ")];
  return (
    <>
      <tr aria-selected={isOpen}>
        <td className="num">
          <span className={groupOf(cause) === "open" ? "big c-fail" : "big dim"}>{count(cause.count)}</span>
        </td>
        <td>
          <div className="cause-title">
            <button type="button" className="cut b" aria-expanded={isOpen} title={cause.message} onClick={onToggle}>
              {cause.message === "" ? "No message was recorded" : cause.message}
            </button>
            {cause.mark?.cameBack === true ? <span className="tag c-fail">came back</span> : null}
            {cause.mark === null && nowMs - cause.firstAt < NEW_MS ? <span className="tag">new</span> : null}
          </div>
          <div className="small dim mono cut">{where.join(" · ")}</div>
        </td>
        <td className="wide-only">
          <Days days={cause.days} firstDay={firstDay} />
        </td>
        <td className="num mid wide-only">{count(cause.runCount)}</td>
        <td className="num dim wide-only" title={instant(cause.firstAt)}>
          {ago(cause.firstAt, nowMs)}
        </td>
        <td className="num mid" title={instant(cause.lastAt)}>
          {ago(cause.lastAt, nowMs)}
        </td>
      </tr>
      {isOpen ? (
        <tr className="opened">
          <td colSpan={columns}>
            <Opened cause={cause} onRetry={onRetry} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** A run that failed as a whole goes on where it stopped; else just the items of the cause are tried again. */
const targetOf = ({ fingerprint, stage }: Cause) =>
  stage === null
    ? { query: `cause=${fingerprint}&status=failed` }
    : { query: `cause=${fingerprint}`, only: `cause:${fingerprint}` };

function Opened({ cause, onRetry }: Pick<CauseRowProps, "cause" | "onRetry">) {
  const refusal = useActRefusal();
  const [isAsked, setAsked] = useState(false);
  const { stage, fingerprint } = cause;
  return (
    <div className="cause-open">
      <p className="mid">{cause.message}</p>
      {cause.mark === null ? null : <Marked mark={cause.mark} />}
      <ul className="cause-runs">
        {cause.runs.map(({ runId, count: n, key }) => (
          <li key={runId}>
            {stage === null ? (
              <Link className="id" to="/runs/$runId" params={{ runId }}>
                {runId}
              </Link>
            ) : (
              <Link
                className="id"
                to="/runs/$runId/$tab"
                params={{ runId, tab: "items" }}
                search={{ map: stage, cause: fingerprint }}
              >
                {runId}
              </Link>
            )}
            <span className="dim small cut">
              {cause.stage === null ? "failed" : counted(n, "item")}
              {key === null ? "" : `, such as ${key}`}
            </span>
          </li>
        ))}
      </ul>
      <div className="btns">
        <Button size="sm" refusal={refusal} onClick={() => setAsked(true)}>
          <RotateCcw className="i s" aria-hidden="true" />
          Retry all {count(cause.count)}…
        </Button>
        <Marks cause={cause} refusal={refusal} />
        <Link className="btn sm bare" to="/runs" search={{ q: `cause:${fingerprint}` }}>
          Show all runs
        </Link>
        {cause.runCount > cause.runs.length ? (
          <span className="dim small">
            The newest {count(cause.runs.length)} of {count(cause.runCount)} runs.
          </span>
        ) : null}
      </div>
      {isAsked ? (
        <BulkDialog
          act="resume"
          target={targetOf(cause)}
          title={`Retry ${counted(cause.count, "failure")} of one cause?`}
          onClose={() => setAsked(false)}
          onSure={({ planId }) => {
            setAsked(false);
            onRetry(planId);
          }}
        />
      ) : null}
    </div>
  );
}

interface DaysProps {
  readonly days: readonly number[];
  readonly firstDay: number;
  readonly isBig?: boolean;
}

const DAY_MS = 86_400_000;
const dayName = (day: number) =>
  new Date(day * DAY_MS).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** A bar a day, by square root, so that days that differ tenfold are seen beside each other. */
export function Days({ days, firstDay, isBig = false }: DaysProps) {
  const most = Math.max(1, ...days);
  const from = dayName(firstDay);
  const to = dayName(firstDay + days.length - 1);
  return (
    <div
      className={isBig ? "days big" : "days"}
      role="img"
      aria-label={`A day, ${from} to ${to}: ${days.join(", ")}`}
      title={`${from} to ${to}, √ scale`}
    >
      {days.map((n, index) => (
        <i
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its day
          key={index}
          className={n === 0 ? "" : "bad"}
          style={n === 0 ? undefined : { height: `${Math.sqrt(n / most) * 100}%` }}
        />
      ))}
    </div>
  );
}
