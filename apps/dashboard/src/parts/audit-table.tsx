/** Entries of the audit, newest first: who, by what way, did what, and why. */
import { Link } from "@tanstack/react-router";
import type { AuditPage } from "../api/types.js";
import { clock, instant } from "../words/times.js";

interface AuditTableProps {
  readonly rows: AuditPage["rows"];
  readonly withRun: boolean;
}

export function AuditTable({ rows, withRun }: AuditTableProps) {
  return (
    <table className="tbl plain audit">
      <thead>
        <tr>
          <th className="num">When</th>
          <th>Who</th>
          <th>By</th>
          <th>Did</th>
          {withRun ? <th>Run</th> : null}
          <th>Why</th>
        </tr>
      </thead>
      <tbody>
        {rows.length === 0 ? (
          <tr>
            <td colSpan={withRun ? 6 : 5} className="dim">
              Nobody has acted yet.
            </td>
          </tr>
        ) : null}
        {rows.map(({ id, at, actor, action, reason, runId }) => (
          <tr key={id}>
            <td className="num" title={instant(at)}>
              {new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short" })} {clock(at)}
            </td>
            <td>{actor.id}</td>
            <td className="dim">{actor.via}</td>
            <td className={action === "denied" ? "c-fail" : ""}>{action}</td>
            {withRun ? (
              <td>
                {runId === null ? null : (
                  <Link className="id" to="/runs/$runId" params={{ runId }}>
                    {runId}
                  </Link>
                )}
              </td>
            ) : null}
            <td className="mid" title={reason ?? undefined}>
              {reason}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
