/** The figures of a run: how far, until when, how fast, for how much, what failed. A gauge without data is left out. */
import type { Run, RunHistory } from "../api/types.js";
import { Bar, type StepState, Steps } from "../parts/progress.js";
import { count, percent, rate, usd } from "../words/numbers.js";
import { clock, duration, durationRange } from "../words/times.js";
import { paceOf, sparkOf } from "./pace-series.js";
import type { RunMap } from "./use-run-maps.js";

interface GaugesProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  readonly history?: RunHistory | undefined;
  readonly nowMs: number;
}

export function Gauges({ run, maps, history, nowMs }: GaugesProps) {
  const cost = costOf(maps);
  const { ratePerS } = run.progress;
  const pace = ratePerS === null || run.status !== "running" ? null : rate(ratePerS);
  const failed = maps.reduce((sum, map) => sum + map.failed, 0);
  const done = maps.reduce((sum, map) => sum + map.done, 0);
  return (
    <dl className="gauges flow">
      {maps.length === 0 ? <StagesGauge run={run} /> : <ItemsGauge run={run} maps={maps} />}
      <TimeGauge run={run} nowMs={nowMs} />
      {pace === null ? null : (
        <div className="gauge">
          <dt>Pace</dt>
          <dd className="v">
            {pace.value}
            <small> {pace.unit}</small>
          </dd>
          <dd className="f">
            <Spark values={sparkOf(paceOf(history?.series ?? []))} />
          </dd>
        </div>
      )}
      {cost === null ? null : (
        <div className="gauge">
          <dt>Cost</dt>
          <dd className="v">{cost.text}</dd>
          <dd className="f">{cost.context}</dd>
        </div>
      )}
      {maps.length === 0 ? null : (
        <div className="gauge">
          <dt>Failed</dt>
          <dd className={failed > 0 ? "v c-fail" : "v"}>{count(failed)}</dd>
          <dd className="f">{failed === 0 ? "none of them" : `${percentOf(failed, done)} of what was tried`}</dd>
        </div>
      )}
      <div className="gauge">
        <dt>Recoveries</dt>
        <dd className="v">{count(run.recoveries)}</dd>
        <dd className="f">{count(run.health.recoveriesLeft)} left</dd>
      </div>
    </dl>
  );
}

const SPARK_HEIGHT = 16;

/** The pace so far, without words: they stand above it. */
function Spark({ values }: { readonly values: readonly number[] }) {
  if (values.length < 3) return <>of late</>;
  const points = values.map((value, at) => `${at},${(SPARK_HEIGHT - 1 - value * (SPARK_HEIGHT - 2)).toFixed(1)}`);
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${values.length - 1} ${SPARK_HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label="Pace over the whole run; the Cost tab has its figures"
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
}

const percentOf = (part: number, whole: number) => {
  const share = whole === 0 ? 0 : part / whole;
  return share > 0 && share < 0.01 ? `${(share * 100).toFixed(2)} %` : percent(share);
};

function ItemsGauge({ run, maps }: { readonly run: Run; readonly maps: readonly RunMap[] }) {
  // The one under way, else the largest: what a person means by "how far".
  const map = maps.find(({ finishedAt }) => finishedAt === null) ?? [...maps].sort((a, b) => b.done - a.done)[0];
  if (map === undefined) return null;
  const { done, failed, total } = map;
  const left = total === null ? null : Math.max(0, total - done);
  const share = total === null || total === 0 ? null : done / total;
  const eta = run.progress.etaMs;
  const words = total === null ? `${count(done)} items` : `${count(done)} of ${count(total)}`;
  return (
    <div className="gauge">
      <dt>
        <span>
          Items of <span className="mono">{map.stage}</span>
        </span>
        <span>
          {count(done - failed)} done
          {failed === 0 ? "" : ` · ${count(failed)} failed`}
          {left === null ? "" : ` · ${count(left)} to go`}
        </span>
      </dt>
      <dd>
        <span className="v">
          {share === null ? count(done) : percent(share).replace(/.%$/, "")}
          {share === null ? null : <small> %</small>}
        </span>
      </dd>
      <dd>
        <Bar
          size="tall"
          label="Items"
          shares={{ done: done - failed, failed, total }}
          text={eta === null ? words : `${words}, ${durationRange(eta as [number, number])} left`}
        />
      </dd>
    </div>
  );
}

function StagesGauge({ run }: { readonly run: Run }) {
  const steps = run.stages.map((stage): StepState => {
    if (stage.status === "completed") return "done";
    if (stage.status === "failed") return "bad";
    if (stage.status === "running") return run.status === "running" ? "live" : "hold";
    return "todo";
  });
  const done = steps.filter((step) => step === "done").length;
  const now = run.stages.find(({ status }) => status === "running");
  return (
    <div className="gauge">
      <dt>
        <span>Stages</span>
        <span>{now === undefined ? "" : now.title}</span>
      </dt>
      <dd>
        <span className="v">
          {done}
          <small> of {steps.length}</small>
        </span>
      </dd>
      <dd className="gauge-steps">
        <Steps steps={steps} label="Stages" />
      </dd>
    </div>
  );
}

function TimeGauge({ run, nowMs }: { readonly run: Run; readonly nowMs: number }) {
  const { startedAt, finishedAt } = run;
  const eta = run.progress.etaMs as [number, number] | null;
  if (run.status === "running") {
    return (
      <div className="gauge">
        <dt>Time left</dt>
        <dd className="v">{eta === null ? <small>estimating</small> : durationRange(eta)}</dd>
        <dd className="f">
          {eta === null ? `runs for ${duration(nowMs - (startedAt ?? nowMs))}` : endsWords(nowMs, eta)}
        </dd>
      </div>
    );
  }
  if (startedAt === null) return null;
  return (
    <div className="gauge">
      <dt>Took</dt>
      <dd className="v">{duration((finishedAt ?? run.updatedAt) - startedAt)}</dd>
      <dd className="f">
        {finishedAt !== null ? "from start to end" : run.status === "paused" ? "from start to the pause" : "so far"}
      </dd>
    </div>
  );
}

function endsWords(nowMs: number, [low, high]: readonly [number, number]): string {
  const [from, to] = [clock(nowMs + low).slice(0, 5), clock(nowMs + high).slice(0, 5)];
  return from === to ? `ends about ${to}` : `ends ${from}–${to}`;
}

/** Null where no call was made that has a price. */
function costOf(maps: readonly RunMap[]): { readonly text: string; readonly context: string } | null {
  const unpriced = maps.reduce((sum, map) => sum + (map.unpriced?.calls ?? 0), 0);
  const known = maps.filter(({ costUsd }) => costUsd !== null);
  const sum = known.reduce((all, { costUsd }) => all + (costUsd ?? 0), 0);
  if (sum === 0 && unpriced === 0) return null;
  if (known.length === 0 || (sum === 0 && unpriced > 0))
    return { text: "–", context: `${count(unpriced)} calls without a price` };
  const budget = maps.reduce<number | null>(
    (all, { budgetUsd }) => (budgetUsd == null ? all : (all ?? 0) + budgetUsd),
    null,
  );
  const limit = budget === null ? "so far" : `of ${usd(budget)} limit`;
  return { text: usd(sum), context: unpriced === 0 ? limit : `and ${count(unpriced)} calls without a price` };
}
