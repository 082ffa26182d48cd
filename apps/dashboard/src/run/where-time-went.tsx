/** Of what the total time of a run consists, along its critical path. */
import { counted } from "../words/numbers.js";
import { duration } from "../words/times.js";
import type { CriticalPath, TimeKind } from "./timeline-critical.js";

const NAMES: Readonly<Record<TimeKind, { readonly word: string; readonly swatch: string }>> = {
  work: { word: "Work", swatch: "done" },
  failed: { word: "Attempts that failed or were cut off", swatch: "bad" },
  wait: { word: "Waits before the next attempt", swatch: "maybe" },
  sleep: { word: "Waits that its code asks for", swatch: "sleep" },
  person: { word: "Waits for a person", swatch: "askh" },
  queue: { word: "Queue", swatch: "outline" },
  between: { word: "Between stages, nothing ran", swatch: "todo" },
};
const STAGES_SHOWN = 3;

export function WhereTimeWent({ path }: { readonly path: CriticalPath }) {
  return (
    <section className="where" aria-labelledby="h-where">
      <h3 id="h-where">Where {duration(path.totalMs)} went</h3>
      <dl>
        {path.parts.map(({ kind, ms, stages }) => (
          <div key={kind}>
            <dt>
              <i className={NAMES[kind].swatch} />
              {NAMES[kind].word}
              {stages.length === 0 ? null : (
                <span className="dim">
                  {" "}
                  {stages.length > STAGES_SHOWN
                    ? `of ${counted(stages.length, "stage")}, most of it ${stages[0]}`
                    : stages.join(", ")}
                </span>
              )}
            </dt>
            <dd className="share" aria-hidden="true">
              <i style={{ width: `${(100 * ms) / Math.max(1, path.totalMs)}%` }} />
            </dd>
            <dd className="num">{duration(ms)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
