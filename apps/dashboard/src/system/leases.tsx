/** Leases that are held: by whom, for how long, how much of their time is left. */
import { Link } from "@tanstack/react-router";
import type { ManagementView } from "../api/types.js";
import { useNow } from "../parts/now.js";
import { SCROLLS } from "../parts/scrolls.js";
import { State } from "../parts/state.js";
import { counted } from "../words/numbers.js";
import type { RunState } from "../words/run-state.js";
import { duration } from "../words/times.js";

const HELD: RunState = { tone: "ok", icon: "completed", word: "Held", edge: null };
const EXPIRED: RunState = { tone: "hold", icon: "stalled", word: "Expired", edge: "hold" };

export function Leases({ runs }: { readonly runs: ManagementView["activeRuns"] }) {
  const nowMs = useNow();
  const expired = runs.filter(({ lease }) => (lease?.expiresAt ?? 0) < nowMs).length;
  return (
    <section className="panel" aria-labelledby="h-leases">
      <header>
        <h2 id="h-leases">Leases</h2>
        <span className="dim small">
          {counted(runs.length, "lease")} held{expired === 0 ? "" : `, ${expired} expired`}
        </span>
      </header>
      {runs.length === 0 ? (
        <p className="pad dim">No run is held: none is under way.</p>
      ) : (
        <section className="across" aria-label="Leases, held by whom and until when" {...SCROLLS}>
          <table className="tbl plain">
            <thead>
              <tr>
                <th>Run</th>
                <th>Lease</th>
                <th>Holder</th>
                <th>Time left</th>
                <th className="num">Held for</th>
                <th className="num">Process</th>
              </tr>
            </thead>
            <tbody>
              {runs.map(({ runId, lease }) => {
                if (lease === null) return null;
                const left = lease.expiresAt - nowMs;
                return (
                  <tr key={runId}>
                    <td>
                      <Link className="id" to="/runs/$runId" params={{ runId }}>
                        {runId}
                      </Link>
                    </td>
                    <td>
                      <State state={left < 0 ? EXPIRED : HELD} />
                    </td>
                    <td className="mono mid">{lease.holder}</td>
                    <td className={left < 0 ? "c-hold" : ""}>
                      {left < 0 ? `${duration(-left)} over` : duration(left)}
                    </td>
                    <td className="num">{duration(nowMs - lease.since)}</td>
                    <td className="num">{lease.pid}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
