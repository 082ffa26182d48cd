/** Beside the page, read only: who holds the run and what its token forbids, the checkpoints with their soundness, the command. */
import { Bug, CircleCheck, OctagonX, X } from "lucide-react";
import { useState } from "react";
import { runPath } from "../api/client.js";
import { exactText, parseExact } from "../api/exact-json.js";
import type { CheckpointPage, Run } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { Button, CopyButton } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { JsonTree } from "../tree/json-tree.js";
import { bytes, count, counted } from "../words/numbers.js";
import { ago, clock, duration } from "../words/times.js";

export function DebugPanel({ run, onClose }: { readonly run: Run; readonly onClose: () => void }) {
  const command = `holdfast show ${run.id}`;
  return (
    <aside className="drawer" aria-label="Debug">
      <header>
        <Bug className="i s" aria-hidden="true" />
        <h2>Debug</h2>
        <span className="dim small">read only</span>
        <span className="end">
          <CopyButton text={() => exactText({ ...run, output: undefined }, 2) ?? ""} label="Copy the run as JSON" />
          <Button kind="bare" size="sm" isIcon aria-label="Close" title="Close (D)" onClick={onClose}>
            <X className="i s" aria-hidden="true" />
          </Button>
        </span>
      </header>
      <div className="scroll">
        <Lease run={run} />
        <Checkpoints run={run} />
        <section>
          <h3>The same by command</h3>
          <div className="code">
            <span className="p">$ </span>
            {command}
            <CopyButton text={command} label="Copy the command" className="btn bare icon sm copy" />
          </div>
        </section>
      </div>
    </aside>
  );
}

function Lease({ run }: { readonly run: Run }) {
  const nowMs = useNow();
  const { lease, health } = run;
  return (
    <section>
      <h3>Lease</h3>
      <dl className="kv">
        <dt>Held by</dt>
        <dd>{lease === null ? "nobody" : <span className="mono">{lease.holder}</span>}</dd>
        {lease === null ? null : (
          <>
            <dt>Process</dt>
            <dd>
              pid {lease.pid} on {lease.host}
            </dd>
            <dt>Since</dt>
            <dd>
              {clock(lease.since)}, {ago(lease.since, nowMs)}
            </dd>
            <dt>Ends</dt>
            <dd className={lease.expiresAt < nowMs ? "c-hold" : ""}>
              {lease.expiresAt < nowMs
                ? `${duration(nowMs - lease.expiresAt)} over`
                : `in ${duration(lease.expiresAt - nowMs)}, if no beat comes`}
            </dd>
          </>
        )}
        <dt>Generation</dt>
        <dd>{count(run.generation)}</dd>
        <dt>Recoveries</dt>
        <dd>
          {count(run.recoveries)}, {count(health.recoveriesLeft)} left
        </dd>
        <dt>Retries</dt>
        <dd>
          {count(run.retries)}, {count(health.retriesLeft)} left
        </dd>
        <dt>Last activity</dt>
        <dd>
          {clock(health.lastActivityAt)}
          {health.stuck ? <span className="c-hold"> {health.stuckReason}</span> : null}
        </dd>
        <dt>Revision</dt>
        <dd className="mono">{run.revision}</dd>
      </dl>
    </section>
  );
}

function Checkpoints({ run }: { readonly run: Run }) {
  const { data } = usePolled<CheckpointPage>(runPath(run.id, "/checkpoint"), {
    everyMs: run.status === "running" ? 3_000 : null,
    parse: parseExact,
  });
  const rows = data?.rows ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const keyOf = (row: (typeof rows)[number]) => `${row.stage} ${row.attempt}`;
  const shown = rows.find((row) => keyOf(row) === chosen) ?? rows.at(-1);
  const unsound = rows.filter(({ isValid }) => !isValid).length;
  return (
    <>
      <section>
        <h3>
          Checkpoints
          <span className="end">
            {counted(rows.length, "checkpoint")}
            {rows.length === 0 ? "" : unsound === 0 ? ", all sound" : `, ${unsound} unsound`}
          </span>
        </h3>
        {rows.length === 0 ? (
          <p className="dim small">No stage saved one. What a stage returned is recorded without.</p>
        ) : (
          <ul className="cps">
            {rows.map((row) => (
              <li key={keyOf(row)} aria-current={row === shown ? "true" : undefined}>
                <span className="mono">#{row.attempt}</span>
                <button type="button" className="cut" onClick={() => setChosen(keyOf(row))}>
                  <span className="mono">{row.stage}</span> <span className="dim">{bytes(row.sizeBytes)}</span>
                </button>
                <span className="dim">{clock(row.savedAt)}</span>
                {row.isValid ? (
                  <CircleCheck className="i c-ok" aria-label="sound" />
                ) : (
                  <OctagonX className="i c-fail" aria-label={row.problems[0]?.message ?? "unsound"} />
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      {shown === undefined ? null : (
        <section>
          <h3>
            <span className="mono">{shown.stage}</span>
            <span className="end">{bytes(shown.sizeBytes)}, a sample</span>
          </h3>
          {shown.problems.map(({ code, message }) => (
            <p key={code} className="c-fail small">
              {message}
            </p>
          ))}
          <JsonTree value={shown.sample} label={`Checkpoint of ${shown.stage}`} />
        </section>
      )}
    </>
  );
}
