/** What stages logged, with the failures among it: followed while one is at the end, filtered by words, stage and level, to download. */
import { Download } from "lucide-react";
import { type CSSProperties, useMemo, useState } from "react";
import type { Run } from "../api/types.js";
import { Button, CopyButton } from "../parts/button.js";
import { Problem } from "../parts/problem.js";
import { count, counted } from "../words/numbers.js";
import { clockMs, instant } from "../words/times.js";
import { FollowButton, FollowedLines, useFollowed } from "./followed-lines.js";
import { filterLines, LEVELS, type Level, type LogLine, textOf } from "./log-lines.js";
import { LINES_MAX, useLogLines } from "./use-log-lines.js";

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
  const shown = useMemo(() => filterLines(lines, { text, stage, level }), [lines, text, stage, level]);
  const followed = useFollowed(shown, { isFailure: ({ level: one }) => one === "error", hasPage: true });
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
          <FollowButton {...followed} />
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
      <FollowedLines
        followed={followed}
        label="Lines of the log"
        unit="new line"
        lineOf={(line, style) => <Line key={line.seq} line={line} style={style} />}
      />
    </section>
  );
}

const TONES: Readonly<Record<Level, string>> = { error: "fail", warn: "warn", info: "", debug: "dim" };

function Line({ line, style }: { readonly line: LogLine; readonly style: CSSProperties }) {
  const { seq, at, level, stage, attempt, text, data } = line;
  return (
    <li className={TONES[level]} style={style}>
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
