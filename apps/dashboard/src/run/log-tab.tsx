/** What stages logged, with the failures among it: followed while one is at the end, filtered by words, stage and level, to download. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, Download } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Run } from "../api/types.js";
import { Button, CopyButton } from "../parts/button.js";
import { Problem } from "../parts/problem.js";
import { SCROLLS } from "../parts/scrolls.js";
import { useKeys } from "../tab/keys.js";
import { count, counted } from "../words/numbers.js";
import { clockMs, instant } from "../words/times.js";
import { filterLines, LEVELS, type Level, type LogLine, textOf } from "./log-lines.js";
import { LINES_MAX, useLogLines } from "./use-log-lines.js";

const LINE_PX = 22;
/** Nearer than this to the end is at the end. */
const END_PX = 30;
const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  error: "Errors",
  warn: "Warnings and errors",
  info: "Without debug lines",
  debug: "All lines",
};

export function LogTab({ run }: { readonly run: Run }) {
  const { lines, droppedCount, isRead, error } = useLogLines(run.id, run.head);
  const [text, setText] = useState("");
  const [stage, setStage] = useState("");
  const [level, setLevel] = useState<Level>("debug");
  const [isFollowing, setFollowing] = useState(true);
  const [seen, setSeen] = useState(0);
  const scroller = useRef<HTMLElement>(null);
  const shown = useMemo(() => filterLines(lines, { text, stage, level }), [lines, text, stage, level]);
  const last = shown.at(-1)?.seq ?? 0;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  });
  useEffect(() => {
    if (isFollowing && shown.length > 0) virtual.scrollToIndex(shown.length - 1, { align: "end" });
    if (isFollowing) setSeen(last);
  }, [isFollowing, last, shown.length, virtual]);
  const jump = (step: 1 | -1) => {
    const at = virtual.getVirtualItems()[0]?.index ?? 0;
    const isError = (line: LogLine | undefined) => line?.level === "error";
    const next =
      step === 1
        ? shown.findIndex((line, index) => index > at && isError(line))
        : shown.findLastIndex((line, index) => index < at && isError(line));
    if (next < 0) return;
    setFollowing(false);
    virtual.scrollToIndex(next, { align: "start" });
  };
  useKeys({ f: () => setFollowing((was) => !was), n: () => jump(1), N: () => jump(-1) });
  const newCount = isFollowing ? 0 : shown.length - shown.findLastIndex(({ seq }) => seq <= seen) - 1;
  const download = () => {
    const url = URL.createObjectURL(new Blob([`${textOf(shown)}\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${run.id}.log`;
    link.click();
    URL.revokeObjectURL(url);
  };
  const command = `holdfast logs ${run.id}${stage === "" ? "" : ` --stage ${stage}`}`;
  return (
    <section className="panel first events whole" aria-labelledby="h-log">
      <header>
        <h2 id="h-log">Log</h2>
        <span className="dim small">
          {shown.length === lines.length
            ? counted(lines.length, "line")
            : `${count(shown.length)} of ${counted(lines.length, "line")}`}
          {droppedCount === 0 ? "" : `, the newest ${count(LINES_MAX)}; the file has all`}
        </span>
        <span className="end btns">
          <CopyButton text={command} label={`Copy: ${command}`} className="btn bare sm">
            <span className="wide-only">Copy command</span>
          </CopyButton>
          <Button
            size="sm"
            kind="bare"
            refusal={shown.length === 0 ? "There is nothing to download" : null}
            onClick={download}
          >
            <Download className="i s" aria-hidden="true" />
            <span className="wide-only">Download</span>
          </Button>
          <Button size="sm" kind="bare" hint="F" aria-pressed={isFollowing} onClick={() => setFollowing(!isFollowing)}>
            <ArrowDown className="i s" aria-hidden="true" />
            {isFollowing ? "Following" : "Follow"}
          </Button>
        </span>
      </header>
      <div className="log-filter">
        <input
          className="inp"
          type="search"
          placeholder="Find in the log"
          aria-label="Find in the log"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <select
          className="inp"
          aria-label="Of which stage"
          value={stage}
          onChange={(event) => setStage(event.target.value)}
        >
          <option value="">Every stage</option>
          {run.stages.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select
          className="inp"
          aria-label="Which lines"
          value={level}
          onChange={(event) => setLevel(event.target.value as Level)}
        >
          {[...LEVELS].reverse().map((one) => (
            <option key={one} value={one}>
              {LEVEL_WORDS[one]}
            </option>
          ))}
        </select>
      </div>
      {error === null ? null : <Problem error={error} what="The log could not be read" />}
      {isRead && shown.length === 0 ? (
        <p className="pad dim">{lines.length === 0 ? "Nothing was logged yet." : "No line matches."}</p>
      ) : null}
      <div className="log-place">
        <section
          className="log scroll"
          aria-label="Lines of the log"
          {...SCROLLS}
          ref={scroller}
          onScroll={({ currentTarget }) => {
            const left = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight;
            if (left > END_PX !== !isFollowing) setFollowing(left <= END_PX);
          }}
        >
          <ol style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const line = shown[index];
              return line === undefined ? null : <Line key={line.seq} line={line} top={start} />;
            })}
          </ol>
        </section>
        {newCount <= 0 ? null : (
          <button type="button" className="newpill end" onClick={() => setFollowing(true)}>
            <ArrowDown className="i" aria-hidden="true" />
            {counted(newCount, "new line")}
          </button>
        )}
      </div>
    </section>
  );
}

const TONES: Readonly<Record<Level, string>> = { error: "fail", warn: "warn", info: "", debug: "dim" };

function Line({ line, top }: { readonly line: LogLine; readonly top: number }) {
  const { seq, at, level, stage, attempt, text, data } = line;
  return (
    <li className={TONES[level]} style={{ position: "absolute", top, left: 0, right: 0, height: LINE_PX }}>
      <span>{count(seq)}</span>
      <span title={instant(at)}>{clockMs(at)}</span>
      <span title={`${text} ${data}`}>
        <b>
          {stage}
          {attempt === null || attempt === 1 ? "" : ` #${attempt}`}
        </b>{" "}
        {level === "info" ? "" : `${level} `}
        {text}
        {data === "" ? "" : ` ${data}`}
      </span>
    </li>
  );
}
