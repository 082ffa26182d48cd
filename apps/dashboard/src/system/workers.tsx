/** Who works, with how much, and when each was seen. */
import type { WorkerPage } from "../api/types.js";
import { useNow } from "../parts/now.js";
import { SCROLLS } from "../parts/scrolls.js";
import { State } from "../parts/state.js";
import { count } from "../words/numbers.js";
import type { RunState } from "../words/run-state.js";
import { ago } from "../words/times.js";

const WORKING: RunState = { tone: "run", icon: "turning", word: "Working", edge: null };
const IDLE: RunState = { tone: "ok", icon: "completed", word: "Ready", edge: null };
const DEAD: RunState = { tone: "fail", icon: "stalled", word: "Gone", edge: null };
const CELLS_MAX = 32;

export function Workers({ rows }: { readonly rows: WorkerPage["rows"] }) {
  const nowMs = useNow();
  const live = rows.filter(({ isDead }) => !isDead);
  const slots = live.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const used = live.reduce((sum, { executing }) => sum + executing, 0);
  return (
    <section className="panel first" aria-labelledby="h-workers">
      <header>
        <h2 id="h-workers">Workers</h2>
        <span className="dim small">
          {count(used)} of {count(slots)} slots in use
        </span>
      </header>
      {rows.length === 0 ? (
        <p className="pad dim">
          Nothing works on this store. Check that a worker runs on the same one: holdfast worker
        </p>
      ) : (
        <section className="across" aria-label="Workers, slots and processes" {...SCROLLS}>
          <table className="tbl plain">
            <thead>
              <tr>
                <th>Worker</th>
                <th>State</th>
                <th>Slots</th>
                <th>Process</th>
                <th>Workflows</th>
                <th className="num">Seen</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ holder, concurrency, executing, isDead, isSupervising, seenAt, workflows }) => (
                <tr key={holder.name}>
                  <td className="id">{holder.name}</td>
                  <td>
                    <State state={isDead ? DEAD : executing > 0 ? WORKING : IDLE} />
                  </td>
                  <td>
                    <span className="slots row-slots" aria-hidden="true">
                      {Array.from({ length: Math.min(concurrency, CELLS_MAX) }, (_, index) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place
                        <i key={index} className={index < executing ? "on" : ""} />
                      ))}
                    </span>{" "}
                    {count(executing)} of {count(concurrency)}
                  </td>
                  <td className="mid">
                    pid {holder.pid} on {holder.host}
                    {isSupervising ? ", supervises" : ""}
                  </td>
                  <td className="dim" title={workflows.join(", ")}>
                    {workflows.join(", ")}
                  </td>
                  <td className="num">{ago(seenAt, nowMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
