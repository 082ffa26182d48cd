/** A run's state: an icon with a silhouette of its own, and its word. Colour never says it alone. */
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  History,
  Hourglass,
  OctagonX,
  Unplug,
} from "lucide-react";
import type { RunState, StateIcon } from "../words/run-state.js";

/** The circumference of the ring's radius of 6. */
const AROUND = 37.7;
const LUCIDE = {
  queued: CircleDashed,
  paused: CirclePause,
  hourglass: Hourglass,
  stalled: Unplug,
  recovering: History,
  completed: CircleCheck,
  marked: CircleAlert,
  failed: OctagonX,
  cancelled: CircleSlash,
} as const;

/** Filled to the real share; it turns only where none is known. */
export function Ring({ share }: { readonly share: number | null }) {
  const filled = (share ?? 0.25) * AROUND;
  return (
    <svg viewBox="0 0 16 16" fill="none" aria-hidden="true" className={share === null ? "ic turn" : "ic"}>
      <circle cx="8" cy="8" r="6" stroke="currentColor" strokeOpacity=".28" strokeWidth="2.4" />
      <circle
        cx="8"
        cy="8"
        r="6"
        stroke="currentColor"
        strokeWidth="2.4"
        strokeDasharray={`${filled} ${AROUND + 4}`}
        transform="rotate(-90 8 8)"
      />
    </svg>
  );
}

export function StateMark({ icon, share = null }: { readonly icon: StateIcon; readonly share?: number | null }) {
  if (icon === "ring" || icon === "turning") return <Ring share={icon === "ring" ? share : null} />;
  const Mark = LUCIDE[icon];
  return <Mark className="i ic" aria-hidden="true" />;
}

interface StateProps {
  readonly state: RunState;
  readonly share?: number | null;
}

export function State({ state, share = null }: StateProps) {
  return (
    <span className={`st ${state.tone}`}>
      <StateMark icon={state.icon} share={share} />
      {state.word}
    </span>
  );
}

export function StatePill({ state, share = null }: StateProps) {
  return (
    <span className={`pill ${state.tone}`}>
      <StateMark icon={state.icon} share={share} />
      {state.word}
    </span>
  );
}
