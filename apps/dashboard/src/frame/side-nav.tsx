/** Navigation at the left: places, views of the list, who works. */
import { Link } from "@tanstack/react-router";
import { useMayAct } from "../api/session-context.js";
import type { WorkerPage } from "../api/types.js";
import { useAttention } from "../inbox/use-attention.js";
import { usePolled } from "../live/use-polled.js";
import { Brand } from "../parts/brand.js";
import { useSavedViews } from "../runs/saved-views.js";
import { PLACES } from "../tab/places.js";
import { count, counted } from "../words/numbers.js";

export function SideNav() {
  const { views } = useSavedViews();
  const attention = useAttention();
  const badges: Readonly<Record<string, { readonly tone: string; readonly text: string } | undefined>> = {
    "/inbox": attention.count === 0 ? undefined : { tone: "n fail", text: attention.text },
  };
  return (
    <aside className="side">
      <Brand where="local" />
      <nav aria-label="Main">
        {PLACES.map(({ to, name, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            search={{}}
            title={name}
            activeOptions={{ includeSearch: false }}
            activeProps={{ "aria-current": "page" }}
          >
            <Icon className="i" aria-hidden="true" />
            {name}
            {badges[to] === undefined ? null : <span className={badges[to].tone}>{badges[to].text}</span>}
          </Link>
        ))}
      </nav>
      {views.length === 0 ? null : (
        <>
          <h2>Views</h2>
          <nav aria-label="Saved views">
            {views.map(({ name, q }) => (
              <Link key={name} to="/runs" search={{ q }} activeProps={{ "aria-current": "true" }}>
                <span className="cut">{name}</span>
              </Link>
            ))}
          </nav>
        </>
      )}
      <Workers />
    </aside>
  );
}

/** More cells than that say nothing that the figures do not. */
const CELLS_MAX = 48;

function Workers() {
  const isEnabled = useMayAct();
  const { data } = usePolled<WorkerPage>("api/workers", { everyMs: 5_000, isEnabled });
  if (data === undefined) return null;
  const live = data.rows.filter(({ isDead }) => !isDead);
  const slots = live.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const used = live.reduce((sum, { executing }) => sum + executing, 0);
  return (
    <div className="foot">
      <div>
        <div className="line" style={{ marginBottom: 6 }}>
          <span>{live.length === 0 ? "no worker" : counted(live.length, "worker")}</span>
          {slots === 0 ? null : (
            <span>
              {count(used)} of {counted(slots, "slot")}
            </span>
          )}
        </div>
        {slots === 0 ? null : (
          <div className="slots" role="img" aria-label={`${used} of ${slots} slots in use`}>
            {Array.from({ length: Math.min(slots, CELLS_MAX) }, (_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place
              <i key={index} className={index < (used * Math.min(slots, CELLS_MAX)) / slots ? "on" : ""} />
            ))}
          </div>
        )}
      </div>
    </div>
  );
}
