/**
 * One event with all that it recorded, read from the server: what was pushed has rounded the numbers that no double holds. One at a
 * time, so that a history of thousands costs what is looked at.
 */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { ask, query, runPath } from "../api/client.js";
import { parseExact } from "../api/exact-json.js";
import type { EventPage } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Problem } from "../parts/problem.js";
import { JsonTree } from "../tree/json-tree.js";
import { count } from "../words/numbers.js";
import { clockMs, instant } from "../words/times.js";

interface EventDataProps {
  readonly runId: string;
  readonly seq: number;
  readonly head: number;
  readonly onGo: (seq: number) => void;
  readonly onClose: () => void;
}

export function EventData({ runId, seq, head, onGo, onClose }: EventDataProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ["event", runId, seq],
    queryFn: ({ signal }) =>
      ask<EventPage>(runPath(runId, `/events${query({ after: seq - 1, limit: 1 })}`), { signal, parse: parseExact }),
    // What an event says never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const event = data?.rows[0];
  const step = (by: 1 | -1, name: string, why: string, Icon: typeof ChevronLeft) => (
    <Button
      size="sm"
      kind="bare"
      isIcon
      aria-label={`${name} event`}
      refusal={seq + by < 1 || seq + by > head ? why : null}
      onClick={() => onGo(seq + by)}
    >
      <Icon className="i s" aria-hidden="true" />
    </Button>
  );
  return (
    <section className="event-data" aria-label={`Data of event ${seq}`}>
      <header>
        {step(-1, "Previous", "It is the first", ChevronLeft)}
        {step(1, "Next", "It is the newest", ChevronRight)}
        <h3>
          Event {count(seq)} <span className="mono">{event === undefined ? "" : event.type}</span>
        </h3>
        <span className="dim small" title={event === undefined ? undefined : instant(event.at)}>
          {event === undefined ? "" : clockMs(event.at)}
        </span>
        <Button size="sm" kind="bare" isIcon aria-label="Close the data" title="Close" onClick={onClose}>
          <X className="i s" aria-hidden="true" />
        </Button>
      </header>
      {error !== null ? (
        <Problem error={error} what="The event could not be read" onAgain={() => void refetch()} />
      ) : event === undefined ? null : (
        <JsonTree key={seq} value={event.data} label={`data of event ${seq}`} />
      )}
    </section>
  );
}
