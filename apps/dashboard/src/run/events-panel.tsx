/** Events by number, the newest at the end; one at a time with its data. */
import { type CSSProperties, lazy, Suspense, useState } from "react";
import type { RunEvent } from "../api/types.js";
import type { LiveEvents } from "../live/use-run.js";
import { Button } from "../parts/button.js";
import { count } from "../words/numbers.js";
import { clockMs, instant } from "../words/times.js";
import { type Word, wordEvent } from "./event-words.js";
import { FollowButton, FollowedLines, useFollowed } from "./followed-lines.js";

const EventData = lazy(() => import("./event-data.js").then((m) => ({ default: m.EventData })));

const isFailure = (event: RunEvent) => wordEvent(event).tone === "fail";

interface EventsPanelProps extends LiveEvents {
  readonly runId: string;
  readonly older: () => void;
  readonly isWholePage?: boolean;
}

export function EventsPanel({ runId, rows, head, isWhole, older, isWholePage = false }: EventsPanelProps) {
  const followed = useFollowed(rows, { isFailure, hasPage: isWholePage });
  const [open, setOpen] = useState<number | null>(null);
  const last = rows.at(-1)?.seq ?? 0;
  const first = rows[0]?.seq ?? 1;
  return (
    <section className={isWholePage ? "panel first events whole" : "panel first events"} aria-labelledby="h-events">
      <header>
        <h2 id="h-events">Events</h2>
        <span className="dim small">
          {count(last - first + (rows.length === 0 ? 0 : 1))} of {count(head)}
          {isWhole ? ", nothing missing" : ", catching up"}
        </span>
        <span className="end">
          {first > 1 ? (
            <Button kind="bare" size="sm" onClick={older}>
              Older
            </Button>
          ) : null}
          <Button
            kind="bare"
            size="sm"
            aria-pressed={open !== null}
            refusal={last === 0 ? "There is no event yet" : null}
            onClick={() => setOpen(open === null ? last : null)}
          >
            Data
          </Button>
          <FollowButton {...followed} />
        </span>
      </header>
      <FollowedLines
        followed={followed}
        label="Events of this run"
        unit="new event"
        lineOf={(event, style) => (
          <Line
            key={event.seq}
            event={event}
            style={style}
            isOpen={event.seq === open}
            onOpen={() => setOpen(event.seq)}
          />
        )}
      />
      {open === null ? null : (
        <Suspense fallback={null}>
          <EventData runId={runId} seq={open} head={head} onGo={setOpen} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </section>
  );
}

interface LineProps {
  readonly event: RunEvent;
  readonly style: CSSProperties;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}

function Line({ event, style, isOpen, onOpen }: LineProps) {
  const { words, tone } = wordEvent(event);
  const text = words.map(plain).join("");
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a short way for a pointer; keys have "Data" and its steps
    <li className={isOpen ? `${tone} open` : tone} style={style} aria-current={isOpen || undefined} onClick={onOpen}>
      <span>{count(event.seq)}</span>
      <span title={instant(event.at)}>{clockMs(event.at)}</span>
      <span title={text}>
        {words.map((word, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: words have places and never move
          typeof word === "string" ? word : <b key={index}>{word.b}</b>,
        )}
      </span>
    </li>
  );
}

const plain = (word: Word) => (typeof word === "string" ? word : word.b);
