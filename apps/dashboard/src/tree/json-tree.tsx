/**
 * JSON as a tree of rows, of which only those in sight are in the page: text is text, numbers keep every digit, and a document of
 * 100,000 values is opened, searched and copied from without a wait. Keys are those of a tree in WAI-ARIA.
 */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import {
  type CSSProperties,
  type KeyboardEvent,
  type Ref,
  useDeferredValue,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { ExactNumber, exactText } from "../api/exact-json.js";
import { count } from "../words/numbers.js";
import { TreeBar } from "./tree-bar.js";
import { moveOf, pressedAfter } from "./tree-keys.js";
import { findIn, leafText, openAbove, pathOf, rowsOf, type TreeRow } from "./tree-rows.js";
import "../styles/tree.css";

const ROW_PX = 22;
/** Longer texts are opened. */
const TEXT_MAX = 200;
/** Of an opened text so much is drawn; a copy of the value has all. */
const WHOLE_MAX = 100_000;
/** Fewer rows are read at a glance. */
const SEARCHED_FROM = 12;

interface JsonTreeProps {
  readonly value: unknown;
  readonly label: string;
}

export function JsonTree({ value, label }: JsonTreeProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const domId = useId();
  const [pressed, setPressed] = useState<ReadonlySet<string>>(new Set());
  const [wholes, setWholes] = useState<ReadonlySet<string>>(new Set());
  const [activeId, setActiveId] = useState("");
  const [words, setWords] = useState("");
  const rows = useMemo(() => rowsOf(value, pressed), [value, pressed]);
  const soughtWords = useDeferredValue(words);
  const hits = useMemo(() => findIn(value, soughtWords.trim()), [value, soughtWords]);
  const at = useMemo(
    () =>
      Math.max(
        0,
        rows.findIndex(({ id }) => id === activeId),
      ),
    [rows, activeId],
  );
  const active = rows[at];
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
    // The active row is named by the tree's aria-activedescendant, so it is in the page wherever one has scrolled to.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), Math.min(at, rows.length - 1)])].sort((a, b) => a - b),
  });
  const go = (index: number, seen: readonly TreeRow[] = rows) => {
    setActiveId(seen[index]?.id ?? "");
    virtual.scrollToIndex(index, { align: "auto" });
  };
  const press = (ids: readonly string[]) => setPressed(pressedAfter(pressed, ids));
  const toggleWhole = (id: string) => setWholes(pressedAfter(wholes, [id]));
  const goToHit = (index: number) => {
    const hit = hits[index];
    if (hit === undefined) return;
    const next = openAbove(pressed, hit);
    setPressed(next);
    setActiveId(hit.id);
    const seen = rowsOf(value, next);
    // After the rows of this press are drawn.
    requestAnimationFrame(() =>
      virtual.scrollToIndex(
        Math.max(
          0,
          seen.findIndex(({ id }) => id === hit.id),
        ),
        { align: "auto" },
      ),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || active === undefined) return;
    const move = moveOf(event.key, rows, at);
    if (move === null) return;
    event.preventDefault();
    // A letter is the tree's here, not a command of the page.
    event.stopPropagation();
    if (move.kind === "go") go(move.to);
    else if (move.kind === "press") press(move.ids);
    else toggleWhole(active.id);
  };
  return (
    <div className="tree">
      <TreeBar
        label={label}
        words={words}
        onWords={setWords}
        hits={soughtWords === words ? hits : []}
        isSeeking={soughtWords !== words}
        activeId={activeId}
        onHit={goToHit}
        isSearched={
          rows.length > SEARCHED_FROM || rows.some(({ size, isOpen }) => size !== null && size > 0 && !isOpen)
        }
        path={active === undefined ? "$" : pathOf(active)}
        valueText={() => copyText(active?.value)}
      />
      <div
        ref={scroller}
        className="rows scroll"
        role="tree"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={`${domId}-${at}`}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start, key }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row
                key={key}
                ref={virtual.measureElement}
                id={`${domId}-${index}`}
                index={index}
                style={{ transform: `translateY(${start}px)` }}
                row={row}
                isActive={index === at}
                isWhole={wholes.has(row.id)}
                onPress={() => {
                  setActiveId(row.id);
                  if (row.size !== null) press([row.id]);
                }}
                onWhole={() => toggleWhole(row.id)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** A text as it is, all else as JSON. */
const copyText = (value: unknown): string => (typeof value === "string" ? value : (exactText(value, 2) ?? ""));

interface RowProps {
  readonly ref: Ref<HTMLDivElement>;
  readonly id: string;
  readonly index: number;
  readonly style: CSSProperties;
  readonly row: TreeRow;
  readonly isActive: boolean;
  readonly isWhole: boolean;
  readonly onPress: () => void;
  readonly onWhole: () => void;
}

function Row({ ref, id, index, style, row, isActive, isWhole, onPress, onWhole }: RowProps) {
  const { name, value, level, position, siblingCount, size, isOpen } = row;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys of its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names the active row
    <div
      ref={ref}
      id={id}
      data-index={index}
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblingCount}
      aria-selected={isActive}
      aria-expanded={size === null || size === 0 ? undefined : isOpen}
      className="trow"
      style={{ ...style, paddingLeft: (level - 1) * 16 + 4 }}
      onClick={onPress}
    >
      {size === null || size === 0 ? <i className="chev" /> : <Chevron className="i chev" aria-hidden="true" />}
      <span className="tval">
        {name === null ? null : <span className="k">{name}: </span>}
        {size === null ? (
          <Leaf value={value} isWhole={isWhole} onWhole={onWhole} />
        ) : (
          <span className="t">{Array.isArray(value) ? `[${count(size)}]` : `{${count(size)}}`}</span>
        )}
      </span>
    </div>
  );
}

function Leaf({ value, isWhole, onWhole }: Pick<RowProps, "isWhole" | "onWhole"> & { readonly value: unknown }) {
  if (value instanceof ExactNumber || typeof value === "number") return <span className="nn">{leafText(value)}</span>;
  if (typeof value !== "string") return <span className="t">{leafText(value)}</span>;
  const isLong = value.length > TEXT_MAX;
  const shown = isWhole ? value.slice(0, WHOLE_MAX) : isLong ? `${value.slice(0, TEXT_MAX)}…` : value;
  return (
    <>
      <span className={isWhole ? "s whole" : "s"}>"{shown}"</span>
      {isLong ? (
        <button
          type="button"
          className="link"
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onWhole();
          }}
        >
          {isWhole
            ? value.length > WHOLE_MAX
              ? `less; these are the first ${count(WHOLE_MAX)} of ${count(value.length)} characters`
              : "less"
            : `all ${count(value.length)} characters`}
        </button>
      ) : null}
    </>
  );
}
