/** Beside the form: the command that does the same, what past runs took, the stages. */
import type { ReactNode } from "react";
import { useRef } from "react";
import { useFormContext } from "react-hook-form";
import { query } from "../api/client.js";
import type { RunPage, WorkflowPage } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { CopyButton } from "../parts/button.js";
import { counted } from "../words/numbers.js";
import { durationRange } from "../words/times.js";
import { commandOf, type Field } from "./schema-fields.js";

interface BesideProps {
  readonly workflow: WorkflowPage["rows"][number];
  readonly fields: readonly Field[];
  readonly children: ReactNode;
}

/** Fewer say nothing about the next. */
const PAST_MIN = 3;
const PAST_MAX = 50;

export function Beside({ workflow, fields, children }: BesideProps) {
  const { watch } = useFormContext<Record<string, string | boolean>>();
  const lines = commandOf(workflow.name, fields, watch());
  const before = useRef(new Map(lines.map(({ path, text }) => [path, text])));
  const changed = lines.find(({ path, text }) => before.current.get(path) !== text)?.path ?? null;
  if (changed !== null) queueMicrotask(() => (before.current = new Map(lines.map(({ path, text }) => [path, text]))));
  const last = useRef<string | null>(null);
  if (changed !== null) last.current = changed;
  return (
    <aside className="beside" aria-label="The same by command">
      <div className="beside-scroll">
        <h2>
          The same by command <span className="dim small">follows the form</span>
        </h2>
        <div className="code">
          <span className="p">$ </span>
          {lines.map(({ path, text }, index) => (
            <span key={path}>
              {index === 0 ? "" : "    "}
              <span className={path !== "" && path === last.current ? "new" : ""}>{text}</span>
              {index < lines.length - 1 ? <span className="f"> \{"\n"}</span> : null}
            </span>
          ))}
          <CopyButton
            text={lines.map(({ text }) => text).join(" ")}
            label="Copy the command"
            className="btn bare icon sm copy"
          />
        </div>
        <Expect workflow={workflow.name} />
        {workflow.stages === null ? null : (
          <>
            <h2>{counted(workflow.stages.length, "stage")}</h2>
            <ol className="stage-list">
              {workflow.stages.map(({ name, title }) => (
                <li key={name}>
                  <span className="dim mono">{name}</span>
                  <span className="cut">{typeof title === "string" && title !== name ? title : ""}</span>
                </li>
              ))}
            </ol>
          </>
        )}
      </div>
      <footer>{children}</footer>
    </aside>
  );
}

/** The middle 60 % of what completed runs took. */
function Expect({ workflow }: { readonly workflow: string }) {
  const { data } = usePolled<RunPage>(`api/runs${query({ workflow, status: "completed", limit: PAST_MAX })}`, {
    everyMs: null,
  });
  const took = (data?.rows ?? [])
    .flatMap(({ startedAt, finishedAt }) => (startedAt === null || finishedAt === null ? [] : [finishedAt - startedAt]))
    .sort((a, b) => a - b);
  if (took.length < PAST_MIN) return null;
  const at = (share: number) => took[Math.round((took.length - 1) * share)] ?? 0;
  return (
    <>
      <h2>What to expect</h2>
      <dl className="expect">
        <div>
          <dt>Time</dt>
          <dd>{durationRange([at(0.2), at(0.8)])}</dd>
        </div>
      </dl>
      <p className="dim small">From {counted(took.length, "run")} of this workflow, the middle 60 %.</p>
    </>
  );
}
