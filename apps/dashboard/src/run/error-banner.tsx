/** What went wrong and what can be done, on every tab of a run: red for what needs a person, amber for what heals by itself. */
import { Hourglass, Lock, OctagonX, Unplug } from "lucide-react";
import { useActRefusal } from "../api/session-context.js";
import type { Run } from "../api/types.js";
import { Button, CopyButton } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { count } from "../words/numbers.js";
import { bannerOf } from "./banner-words.js";
import { openPlan } from "./plan-open.js";
import type { RunMap } from "./use-run-maps.js";

const ICONS = { failed: OctagonX, wait: Hourglass, stalled: Unplug, held: Lock } as const;

export function ErrorBanner({ run, maps }: { readonly run: Run; readonly maps: readonly RunMap[] }) {
  const nowMs = useNow();
  const refusal = useActRefusal();
  const banner = bannerOf(run, nowMs);
  if (banner === null) return null;
  const Icon = ICONS[banner.icon];
  const failed = maps.reduce((sum, map) => sum + map.failed, 0);
  const report = `${banner.title}\n${banner.sentence}\n${banner.facts.join(" · ")}\n${run.id}`;
  return (
    <section className={banner.isHeld ? "banner hold" : "banner"} aria-labelledby="h-banner">
      <Icon className="i" aria-hidden="true" />
      <div>
        <h2 id="h-banner">{banner.title}</h2>
        <p>{banner.sentence}</p>
        {banner.facts.length === 0 ? null : (
          <div className="facts">
            {banner.facts.map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
          </div>
        )}
        <div className="btns">
          {banner.canResume ? (
            <Button refusal={refusal} onClick={() => openPlan()}>
              Plan the resume…
            </Button>
          ) : null}
          {banner.canResume && failed > 0 ? (
            <Button refusal={refusal} onClick={() => openPlan("errors", "all failed items")}>
              Retry {count(failed)} failed…
            </Button>
          ) : null}
          <CopyButton text={report} label="Copy the report" className="btn bare">
            Copy report
          </CopyButton>
        </div>
      </div>
    </section>
  );
}
