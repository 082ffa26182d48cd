/** How much is under way, and how it went in the last day. */
import type { ManagementView } from "../api/types.js";
import { useNow } from "../parts/now.js";
import { count, percent } from "../words/numbers.js";
import { ago, duration } from "../words/times.js";

export function Figures({ view }: { readonly view: ManagementView }) {
  const nowMs = useNow();
  const { active, recent, successRate, supervisor } = view;
  const window = duration(recent.windowMs);
  return (
    <dl className="gauges flow system-figures">
      <div className="gauge">
        <dt>Running</dt>
        <dd className="v">{count(active.running)}</dd>
        <dd className="f">{count(active.queued)} wait for a slot</dd>
      </div>
      <div className="gauge">
        <dt>Paused</dt>
        <dd className="v">{count(active.paused)}</dd>
        <dd className="f">can be resumed; {count(active.waiting)} wait by themselves</dd>
      </div>
      <div className="gauge">
        <dt>Completed</dt>
        <dd className="v">{count(recent.completed)}</dd>
        <dd className="f">in the last {window}</dd>
      </div>
      <div className="gauge">
        <dt>Failed</dt>
        <dd className={recent.failed > 0 ? "v c-fail" : "v"}>{count(recent.failed)}</dd>
        <dd className="f">{successRate === null ? "none has ended" : `${percent(successRate)} succeeded`}</dd>
      </div>
      <div className="gauge">
        <dt>Recovered</dt>
        <dd className="v">{count(supervisor.recovered)}</dd>
        <dd className="f">
          {supervisor.lastScanAt === null ? "nobody supervises" : `looked ${ago(supervisor.lastScanAt, nowMs)}`}
        </dd>
      </div>
    </dl>
  );
}
