/**
 * Numbered lines, the newest at the end. They are followed only while one is at the end; else it says how many came. Only what is
 * seen is in the page.
 */
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { type CSSProperties, type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { Button } from "../parts/button.js";
import { SCROLLS } from "../parts/scrolls.js";
import { useKeys } from "../tab/keys.js";
import { counted } from "../words/numbers.js";

const LINE_PX = 22;
/** Nearer than this to the end is at the end. */
const END_PX = 30;

interface Numbered {
  readonly seq: number;
}

interface Followed<Row extends Numbered> {
  readonly rows: readonly Row[];
  readonly isFollowing: boolean;
  readonly follow: (isFollowing: boolean) => void;
  /** That came since the end was in sight. */
  readonly newCount: number;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly virtual: Virtualizer<HTMLElement, Element>;
}

/** `F` follows; where the lines have the page to themselves, `n` and `N` go to the next and the previous failure. */
export function useFollowed<Row extends Numbered>(
  rows: readonly Row[],
  { isFailure, hasPage }: { readonly isFailure: (row: Row) => boolean; readonly hasPage: boolean },
): Followed<Row> {
  const scroller = useRef<HTMLElement>(null);
  const [isFollowing, follow] = useState(true);
  const [seen, setSeen] = useState(0);
  const last = rows.at(-1)?.seq ?? 0;
  const virtual = useVirtualizer<HTMLElement, Element>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  });
  useEffect(() => {
    if (isFollowing && rows.length > 0) virtual.scrollToIndex(rows.length - 1, { align: "end" });
    if (isFollowing) setSeen(last);
  }, [isFollowing, last, rows.length, virtual]);
  const jump = (step: 1 | -1) => {
    const at = virtual.getVirtualItems()[0]?.index ?? 0;
    const next =
      step === 1
        ? rows.findIndex((row, index) => index > at && isFailure(row))
        : rows.findLastIndex((row, index) => index < at && isFailure(row));
    if (next < 0) return;
    follow(false);
    virtual.scrollToIndex(next, { align: "start" });
  };
  useKeys({ f: () => follow((was) => !was), ...(hasPage ? { n: () => jump(1), N: () => jump(-1) } : {}) });
  const newCount = isFollowing ? 0 : rows.length - rows.findLastIndex(({ seq }) => seq <= seen) - 1;
  return { rows, isFollowing, follow, newCount, scroller, virtual };
}

export function FollowButton<Row extends Numbered>({ isFollowing, follow }: Followed<Row>) {
  return (
    <Button size="sm" kind="bare" hint="F" aria-pressed={isFollowing} onClick={() => follow(!isFollowing)}>
      <ArrowDown className="i s" aria-hidden="true" />
      {isFollowing ? "Following" : "Follow"}
    </Button>
  );
}

interface FollowedLinesProps<Row extends Numbered> {
  readonly followed: Followed<Row>;
  readonly label: string;
  /** What came meanwhile, in the singular: "new event". */
  readonly unit: string;
  /** The line of a row; `style` is its place. */
  readonly lineOf: (row: Row, style: CSSProperties) => ReactNode;
}

export function FollowedLines<Row extends Numbered>({ followed, label, unit, lineOf }: FollowedLinesProps<Row>) {
  const { rows, isFollowing, follow, newCount, scroller, virtual } = followed;
  return (
    <div className="log-place">
      <section
        className="log scroll"
        aria-label={label}
        {...SCROLLS}
        ref={scroller}
        onScroll={({ currentTarget }) => {
          const left = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight;
          if (left > END_PX !== !isFollowing) follow(left <= END_PX);
        }}
      >
        <ol style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return lineOf(row, { position: "absolute", top: start, left: 0, right: 0, height: LINE_PX });
          })}
        </ol>
      </section>
      {newCount <= 0 ? null : (
        <button type="button" className="newpill end" onClick={() => follow(true)}>
          <ArrowDown className="i" aria-hidden="true" />
          {counted(newCount, unit)}
        </button>
      )}
    </div>
  );
}
