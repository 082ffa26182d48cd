/**
 * Events by number, the newest at the end. It follows only while one is at the end; else it says how many came. Only what is seen
 * is in the page.
 */

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { RunEvent } from "../api/types.js";
import type { LiveEvents } from "../live/use-run.js";
import { Button } from "../parts/button.js";
import { SCROLLS } from "../parts/scrolls.js";
import { useKeys } from "../tab/keys.js";
import { count, counted } from "../words/numbers.js";
import { clockMs, instant } from "../words/times.js";
import { type Word, wordEvent } from "./event-words.js";

const LINE_PX = 22;
/** Nearer than this to the end is at the end. */
const END_PX = 30;

interface EventsPanelProps extends LiveEvents {
  readonly older: () => void;
  readonly isWholePage?: boolean;
}

export function EventsPanel({ rows, head, isWhole, older, isWholePage = false }: EventsPanelProps) {
  const scroller = useRef<HTMLElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const [seen, setSeen] = useState(0);
  const last = rows.at(-1)?.seq ?? 0;
  const first = rows[0]?.seq ?? 1;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  });
  useEffect(() => {
    if (isFollowing && rows.length > 0) virtual.scrollToIndex(rows.length - 1, { align: "end" });
    if (isFollowing) setSeen(last);
  }, [isFollowing, last, rows.length, virtual]);
  const follow = () => setFollowing(true);
  const fails = useMemo(() => rows.flatMap((row, index) => (wordEvent(row).tone === "fail" ? [index] : [])), [rows]);
  const jump = (step: 1 | -1) => {
    const at = virtual.getVirtualItems()[0]?.index ?? 0;
    const next = step === 1 ? fails.find((index) => index > at) : fails.findLast((index) => index < at);
    if (next === undefined) return;
    setFollowing(false);
    virtual.scrollToIndex(next, { align: "start" });
  };
  useKeys({ f: () => setFollowing((was) => !was), ...(isWholePage ? { n: () => jump(1), N: () => jump(-1) } : {}) });

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
          <Button kind="bare" size="sm" hint="F" aria-pressed={isFollowing} onClick={() => setFollowing(!isFollowing)}>
            <ArrowDown className="i s" aria-hidden="true" />
            {isFollowing ? "Following" : "Follow"}
          </Button>
        </span>
      </header>
      <div className="log-place">
        <section
          className="log scroll"
          aria-label="Events of this run"
          {...SCROLLS}
          ref={scroller}
          onScroll={({ currentTarget }) => {
            const left = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight;
            if (left > END_PX !== !isFollowing) setFollowing(left <= END_PX);
          }}
        >
          <ol style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const row = rows[index];
              return row === undefined ? null : <Line key={row.seq} event={row} top={start} />;
            })}
          </ol>
        </section>
        {isFollowing || last <= seen ? null : (
          <button type="button" className="newpill end" onClick={follow}>
            <ArrowDown className="i" aria-hidden="true" />
            {counted(last - seen, "new event")}
          </button>
        )}
      </div>
    </section>
  );
}

function Line({ event, top }: { readonly event: RunEvent; readonly top: number }) {
  const { words, tone } = wordEvent(event);
  const text = words.map(plain).join("");
  return (
    <li className={tone} style={{ position: "absolute", top, left: 0, right: 0, height: LINE_PX }}>
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
