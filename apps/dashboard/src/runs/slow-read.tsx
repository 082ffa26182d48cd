/** A page of the list that takes long: what is read, and the way to give it up. */
import { parseRunSearch, wordOfTerm } from "@holdfast/client";
import { Button } from "../parts/button.js";
import { useNow } from "../parts/now.js";

const SLOW_AFTER_MS = 3_000;

interface SlowReadProps {
  /** Null while nothing is read. */
  readonly since: number | null;
  readonly q: string;
  readonly onStop: () => void;
}

export function SlowRead(props: SlowReadProps) {
  return props.since === null ? null : <Reading {...props} since={props.since} />;
}

function Reading({ since, q, onStop }: SlowReadProps & { readonly since: number }) {
  const nowMs = useNow();
  if (nowMs - since < SLOW_AFTER_MS) return null;
  const asked = parseRunSearch(q).map(wordOfTerm).join(" and ");
  return (
    <div className="pad btns" role="status">
      <span className="mid">
        Reading runs{asked === "" ? "" : ` that match ${asked}`} for {Math.floor((nowMs - since) / 1_000)} s
      </span>
      <Button size="sm" onClick={onStop}>
        Stop
      </Button>
    </div>
  );
}
