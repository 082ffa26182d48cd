/** One schedule: its next five instants here and there, and the back-fill of its past as a plan. */
import { History } from "lucide-react";
import { useState } from "react";
import { useMayAct } from "../../api/session-context.js";
import type { Schedule } from "../../api/types.js";
import { Button, CopyButton } from "../../parts/button.js";
import { Dialog } from "../../parts/dialog.js";
import { useNow } from "../../parts/now.js";
import { counted } from "../../words/numbers.js";
import { ago } from "../../words/times.js";
import { wordAway, wordDay, wordInstant, wordTime } from "./schedule-words.js";
import { useAct } from "./use-act.js";

export function ScheduleDetail({ schedule }: { readonly schedule: Schedule }) {
  const { name, state, timezone, next, changedBy, changedAt, reason } = schedule;
  const nowMs = useNow();
  const zone = (timezone ?? "UTC").replace(/^.*\//, "").replaceAll("_", " ");
  return (
    <section className="sched-detail" aria-labelledby="h-schedule">
      <div>
        <header>
          <h2 id="h-schedule">{name}</h2>
          <span className={state === "paused" ? "c-hold small" : "dim small"}>
            {state === "active" ? "put" : state} by {changedBy ?? "the code"} {ago(changedAt, nowMs)}
            {reason === null ? "" : `, “${reason}”`}
          </span>
        </header>
        <table className="tbl plain mini">
          <thead>
            <tr>
              <th>{state === "active" ? "Next five" : "Next five if resumed now"}</th>
              <th className="num">{zone}</th>
              <th className="num">Here</th>
              <th className="num">From now</th>
            </tr>
          </thead>
          <tbody>
            {next.map((at) => (
              <tr key={at}>
                <td className="mid">{wordDay(at, timezone)}</td>
                <td className="num b">{wordTime(at, timezone)}</td>
                <td className="num mid">{wordTime(at, undefined)}</td>
                <td className="num dim">{wordAway(at, nowMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <Remove schedule={schedule} />
      </div>
      <Backfill schedule={schedule} />
    </section>
  );
}

/** What `datetime-local` takes and gives, in UTC. */
const textOf = (at: number) => new Date(at).toISOString().slice(0, 16);
const instantOf = (text: string) => Date.parse(`${text}Z`);
const DAY_MS = 86_400_000;

function Backfill({ schedule }: { readonly schedule: Schedule }) {
  const { name, timezone, state } = schedule;
  const mayAct = useMayAct();
  const [openedAt] = useState(Date.now);
  const [from, setFrom] = useState(textOf(openedAt - DAY_MS));
  const [to, setTo] = useState(textOf(openedAt));
  const look = useAct(name);
  const apply = useAct(name);
  const bounds = { action: "backfill" as const, from: instantOf(from), to: instantOf(to) };
  const said = look.data?.backfill;
  const done = apply.data?.backfill;
  const failed = done?.done.filter(({ outcome }) => outcome === "failed") ?? [];
  const problem =
    (look.error ?? apply.error)?.message ??
    (failed.length === 0 ? null : `${counted(failed.length, "run")} could not be created: ${failed[0]?.reason}`);
  const starts = said?.starts ?? [];
  const again = (set: (text: string) => void) => (event: { readonly target: { readonly value: string } }) => {
    set(event.target.value);
    look.reset();
    apply.reset();
  };
  const refusal = !mayAct
    ? "Only an operator may do this"
    : look.isPending || apply.isPending
      ? "It is under way"
      : null;
  return (
    <section className={done === undefined ? "plan" : "plan done"} aria-labelledby="h-backfill">
      <header>
        <History className="i s" aria-hidden="true" />
        <h2 id="h-backfill">Back-fill: what would be started</h2>
        <span className="dim small" role="status">
          {done !== undefined
            ? `${counted(done.done.length - failed.length, "run")} started or waiting`
            : said === undefined
              ? ""
              : "nothing has changed yet"}
        </span>
      </header>
      <div className="pad sched-bounds">
        <label htmlFor="fill-from">From, UTC</label>
        <input id="fill-from" className="inp" type="datetime-local" value={from} onChange={again(setFrom)} />
        <label htmlFor="fill-to">to</label>
        <input id="fill-to" className="inp" type="datetime-local" value={to} onChange={again(setTo)} />
        <Button refusal={refusal} onClick={() => look.mutate({ ...bounds, checkOnly: true })}>
          {said === undefined ? "What would be started" : "Look again"}
        </Button>
      </div>
      {problem === null ? null : (
        <p className="pad c-fail" role="alert">
          {problem}
        </p>
      )}
      {said === undefined ? null : (
        <>
          <dl className="ledger">
            <div>
              <dt>
                <i className="live" />
                Start
              </dt>
              <dd>
                {starts.length === 0
                  ? "no tick lies there without a run"
                  : `${wordInstant(starts[0] ?? 0, timezone)}${starts.length > 1 ? ` to ${wordInstant(starts.at(-1) ?? 0, timezone)}, ${said.order}` : ""}`}
              </dd>
              <dd>{starts.length}</dd>
            </div>
            <div>
              <dt>
                <i className="kept" />
                Ran already
              </dt>
              <dd>an instant has one run for good</dd>
              <dd>{said.ran.length}</dd>
            </div>
          </dl>
          {done !== undefined ? null : (
            <div className="total">
              <span className="mid">The schedule stays {state}.</span>
              <span className="btns">
                <CopyButton
                  text={`holdfast schedules backfill ${name} --from=${from}Z --to=${to}Z`}
                  label="Copy the command"
                  className="btn"
                >
                  Copy command
                </CopyButton>
                <Button
                  refusal={starts.length === 0 ? "There is nothing to start" : refusal}
                  onClick={() => apply.mutate(bounds)}
                >
                  Back-fill {counted(starts.length, "tick")}
                </Button>
              </span>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Remove({ schedule: { name, activeCount } }: { readonly schedule: Schedule }) {
  const mayAct = useMayAct();
  const act = useAct(name);
  const [isSure, setSure] = useState(false);
  return (
    <div className="pad">
      <Button kind="bare" refusal={mayAct ? null : "Only an operator may do this"} onClick={() => setSure(true)}>
        Delete…
      </Button>
      {isSure ? (
        <Dialog title={`Delete ${name}?`} onClose={() => setSure(false)}>
          <p className="pad">
            It ticks no more, whatever the code declares. {counted(activeCount, "active run")} and all ended ones stay.
          </p>
          {act.error === null ? null : (
            <p className="pad c-fail" role="alert">
              {act.error.message}
            </p>
          )}
          <footer>
            <Button kind="bare" onClick={() => setSure(false)}>
              Keep it
            </Button>
            <span className="btns">
              <Button
                kind="danger"
                refusal={act.isPending ? "It is under way" : null}
                onClick={() => act.mutate({ action: "delete" }, { onSuccess: () => setSure(false) })}
              >
                Delete {name}
              </Button>
            </span>
          </footer>
        </Dialog>
      ) : null}
    </div>
  );
}
