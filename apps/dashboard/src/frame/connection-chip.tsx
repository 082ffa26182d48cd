/** How old what you see is, in one word. The only place of the page that speaks of the connection. */
import { type Connection, togglePause, useConnection } from "../live/connection.js";
import { count } from "../words/numbers.js";
import { clock, instant } from "../words/times.js";

export function ConnectionChip() {
  const connection = useConnection();
  const { className, text } = wordsOf(connection);
  return (
    <button
      type="button"
      className={`conn ${className}`}
      title={connection.kind === "paused" ? "Go on live (L)" : `${instant(connection.at)}; L pauses live updates`}
      onClick={togglePause}
    >
      <span role="status">{text}</span>
    </button>
  );
}

function wordsOf({ kind, at, behind }: Connection): { readonly className: string; readonly text: string } {
  switch (kind) {
    case "connecting":
      return { className: "wait", text: "Connecting" };
    case "live":
      return { className: "", text: "Live" };
    case "catchingUp":
      return { className: "", text: `Catching up, ${count(behind)} events` };
    case "polling":
      return { className: "", text: "Polling every 2 s" };
    case "paused":
      return { className: "paused", text: `Paused by you at ${clock(at)}` };
    case "offline":
      return { className: "off", text: `Offline, showing ${clock(at)}` };
  }
}
