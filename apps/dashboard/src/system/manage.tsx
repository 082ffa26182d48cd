/** Recover, check timeouts, clean up: what would be done first, then just that, by its plan; what was done stands beside it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { ApiProblem, ask } from "../api/client.js";
import type { CleanupReport, ManagementBody, ManagementReport } from "../api/types.js";
import { Button, CopyButton } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { bytes, count, counted } from "../words/numbers.js";
import { clock } from "../words/times.js";

type Report = ManagementReport | CleanupReport;

const DAYS = [7, 30, 90] as const;

export function Manage() {
  const [days, setDays] = useState<number>(30);
  return (
    <>
      <Act
        title="Recover"
        about="Runs whose worker is dead, silent or idle, and what their policy says"
        body={{ action: "recover" }}
        command="holdfast recover"
      />
      <Act
        title="Check timeouts"
        about="Runs that recorded nothing for longer than they may"
        body={{ action: "checkTimeouts" }}
        command="holdfast timeouts"
      />
      <Act
        key={days}
        title="Clean up"
        about="Finished runs, with their records and files"
        body={{ action: "cleanup", olderThanDays: days }}
        command={`holdfast cleanup --days ${days}`}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form */}
        <div className="seg" role="group" aria-label="Finished runs older than">
          {DAYS.map((one) => (
            <button key={one} type="button" aria-pressed={one === days} onClick={() => setDays(one)}>
              {one} d
            </button>
          ))}
        </div>
      </Act>
    </>
  );
}

interface ActProps {
  readonly title: string;
  readonly about: string;
  readonly body: ManagementBody;
  readonly command: string;
  readonly children?: React.ReactNode;
}

function Act({ title, about, body, command, children }: ActProps) {
  const client = useQueryClient();
  const [isSure, setSure] = useState(false);
  const [saidAt, setSaidAt] = useState(0);
  const look = useMutation({
    mutationFn: () => ask<Report>("api/management", { method: "POST", body: { ...body, checkOnly: true } }),
    onSuccess: () => {
      setSaidAt(Date.now());
      apply.reset();
    },
  });
  const apply = useMutation({
    mutationFn: (planId: string) => ask<Report>("api/management", { method: "POST", body: { ...body, planId } }),
    onSuccess: () => client.invalidateQueries(),
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === "PLAN_STALE") look.mutate();
    },
  });
  const said = look.data;
  const done = apply.data;
  const concerned = said === undefined ? 0 : countOf(said);
  const error = look.error ?? apply.error;
  const isRemoval = body.action === "cleanup";
  return (
    <section className={done === undefined ? "plan" : "plan done"} aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span className="dim">
          {done !== undefined
            ? `${counted(countOf(done), "run")} done`
            : said === undefined
              ? about
              : `dry run at ${clock(saidAt)}, plan ${said.planId.slice(0, 8)}, nothing has changed yet`}
        </span>
        <span className="end btns">
          {children}
          <Button kind={said === undefined ? "plain" : "bare"} onClick={() => look.mutate()}>
            <RefreshCw className="i s" aria-hidden="true" />
            {said === undefined ? "What would be done" : "Look again"}
          </Button>
        </span>
      </header>
      {error === null ? null : (
        <p className="pad c-fail" role="alert">
          {error.message}
        </p>
      )}
      {said === undefined ? null : <Rows report={done ?? said} isDone={done !== undefined} />}
      {said === undefined || done !== undefined ? null : (
        <div className="total">
          <span className="mid">
            {concerned === 0
              ? "Nothing would change."
              : `${counted(concerned, "run")} would change. If anything moves first, it is refused and shown again.`}
          </span>
          <span className="btns">
            <CopyButton text={command} label={`Copy: ${command}`} className="btn">
              Copy command
            </CopyButton>
            <Button
              kind={isRemoval ? "danger" : "plain"}
              refusal={concerned === 0 ? "There is nothing to do" : apply.isPending ? "It is under way" : null}
              onClick={() => (isRemoval ? setSure(true) : apply.mutate(said.planId))}
            >
              {isRemoval ? `Remove ${counted(concerned, "run")}…` : `Apply to ${counted(concerned, "run")}`}
            </Button>
          </span>
        </div>
      )}
      {isSure && said !== undefined ? (
        <SureToRemove
          count={concerned}
          report={said}
          onClose={() => setSure(false)}
          onSure={() => {
            setSure(false);
            apply.mutate(said.planId);
          }}
        />
      ) : null}
    </section>
  );
}

const countOf = (report: Report): number => ("scanned" in report ? report.runs.length : (report.count as number));

const SHOWN = 50;

function Rows({ report, isDone }: { readonly report: Report; readonly isDone: boolean }) {
  const rows = report.runs as readonly Record<string, unknown>[];
  if (rows.length === 0) return <p className="pad dim">No run is concerned.</p>;
  return (
    <table className="tbl plain">
      <thead>
        <tr>
          <th>Run</th>
          <th>{isDone ? "Was" : "Would"}</th>
          <th>Because</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, SHOWN).map((row) => (
          <tr key={String(row.runId)}>
            <td>
              <Link className="id" to="/runs/$runId" params={{ runId: String(row.runId) }}>
                {String(row.runId)}
              </Link>
            </td>
            <td className={row.action === "fail" ? "c-fail" : ""}>
              {row.action === undefined ? (isDone ? "removed" : "remove") : String(row.action)}
            </td>
            <td className="mid">
              {row.reason === undefined
                ? `${String(row.status)}, ended ${clock(Number(row.finishedAt))}`
                : String(row.reason)}
            </td>
          </tr>
        ))}
        {rows.length > SHOWN ? (
          <tr>
            <td colSpan={3} className="dim">
              and {count(rows.length - SHOWN)} more
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

interface SureToRemoveProps {
  readonly count: number;
  readonly report: Report;
  readonly onClose: () => void;
  readonly onSure: () => void;
}

function SureToRemove({ count: many, report, onClose, onSure }: SureToRemoveProps) {
  const [typed, setTyped] = useState("");
  const isTyped = typed.trim() === String(many);
  const freed = "freedBytes" in report ? (report.freedBytes as number) : 0;
  return (
    <Dialog title={`Remove ${counted(many, "run")}?`} onClose={onClose}>
      <dl className="ledger">
        <div>
          <dt>
            <i className="bad" />
            Goes
          </dt>
          <dd>their records, results and files; this cannot be undone</dd>
          <dd>
            {counted(many, "run")}
            <small>{bytes(freed)}</small>
          </dd>
        </div>
        <div>
          <dt>
            <i className="kept" />
            Stays
          </dt>
          <dd>runs that others were forked from, and what the audit says</dd>
          <dd />
        </div>
      </dl>
      <div className="fl pad confirm-type">
        <label htmlFor="many">Type {many} to remove them</label>
        <input id="many" className="inp mono" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </div>
      <footer>
        <Button kind="bare" onClick={onClose}>
          Keep them
        </Button>
        <span className="btns">
          <Button kind="danger" refusal={isTyped ? null : `Type ${many} first`} onClick={onSure}>
            Remove {counted(many, "run")}
          </Button>
        </span>
      </footer>
    </Dialog>
  );
}
