/** Outputs and files that differ, each opened when it is asked for: JSON by path, text by line, as the server compared them. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask, query } from "../api/client.js";
import { parseExact } from "../api/exact-json.js";
import type { ArtifactDifference, Comparison } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Problem } from "../parts/problem.js";
import { SCROLLS } from "../parts/scrolls.js";
import { bytes, count, counted } from "../words/numbers.js";
import { valueText } from "./value-text.js";

type Stage = Comparison["stages"][number];
type Changes = Stage["output"];

export function Files({ comparison: { a, b, stages } }: { readonly comparison: Comparison }) {
  const [open, setOpen] = useState<string | null>(null);
  const differing = stages.filter(
    ({ onlyIn, output, artifacts }) => onlyIn !== undefined || output.count > 0 || artifacts.length > 0,
  );
  if (differing.length === 0) return null;
  const toggle = (key: string) => setOpen(open === key ? null : key);
  return (
    <table className="tbl plain" aria-label="Outputs and files">
      <colgroup>
        <col />
        <col className="c-fig" />
        <col className="c-fig" />
        <col className="c-delta" />
        <col className="c-delta" />
      </colgroup>
      <thead>
        <tr>
          <th>Outputs and files that differ</th>
          <th className="num">A</th>
          <th className="num">B</th>
          <th className="num">Differ in</th>
          <th />
        </tr>
      </thead>
      {differing.map((stage) => (
        <tbody key={stage.stage}>
          {stage.onlyIn === undefined ? null : (
            <tr>
              <td className="mono">{stage.stage}</td>
              <td colSpan={4} className="mid">
                recorded only in {stage.onlyIn.toUpperCase()}
              </td>
            </tr>
          )}
          {stage.output.count === 0 ? null : (
            <Row
              name={`output of ${stage.stage}`}
              sizes={undefined}
              inWhat={counted(stage.output.count, "field")}
              isOpen={open === stage.stage}
              onToggle={() => toggle(stage.stage)}
            >
              <ChangeLines changes={stage.output} />
            </Row>
          )}
          {stage.artifacts.map((artifact) => {
            const key = `${stage.stage}/${artifact.name}`;
            return (
              <Row
                key={key}
                name={artifact.name}
                sizes={artifact.bytes}
                inWhat={artifact.onlyIn === undefined ? "content" : `only in ${artifact.onlyIn.toUpperCase()}`}
                isOpen={open === key}
                onToggle={artifact.onlyIn === undefined ? () => toggle(key) : null}
              >
                <FileDiff a={a.id} b={b.id} stage={stage.stage} name={artifact.name} />
              </Row>
            );
          })}
        </tbody>
      ))}
    </table>
  );
}

interface RowProps {
  readonly name: string;
  readonly sizes: readonly number[] | undefined;
  readonly inWhat: string;
  readonly isOpen: boolean;
  readonly onToggle: (() => void) | null;
  readonly children: React.ReactNode;
}

function Row({ name, sizes, inWhat, isOpen, onToggle, children }: RowProps) {
  return (
    <>
      <tr>
        <td className="mono cut">{name}</td>
        <td className="num mid">{sizes === undefined ? "" : bytes(sizes[0] ?? 0)}</td>
        <td className="num">{sizes === undefined ? "" : bytes(sizes[1] ?? 0)}</td>
        <td className="num mid">{inWhat}</td>
        <td className="num">
          {onToggle === null ? null : (
            <Button
              kind="bare"
              size="sm"
              aria-expanded={isOpen}
              aria-label={`${isOpen ? "Close" : "Open"} the difference of ${name}`}
              onClick={onToggle}
            >
              {isOpen ? "Close" : "Open diff"}
            </Button>
          )}
        </td>
      </tr>
      {isOpen ? (
        <tr className="opened">
          <td colSpan={5}>{children}</td>
        </tr>
      ) : null}
    </>
  );
}

function FileDiff(of: { readonly a: string; readonly b: string; readonly stage: string; readonly name: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["compare-file", of],
    queryFn: ({ signal }) => ask<ArtifactDifference>(`api/compare/artifact${query(of)}`, { signal, parse: parseExact }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null)
    return <Problem error={error} what="The files could not be compared" onAgain={() => void refetch()} />;
  if (data === undefined) return <p className="dim">Reading both files</p>;
  if (data.changes !== undefined) return <ChangeLines changes={data.changes} />;
  if (data.lines === undefined) {
    const [inA = "", inB = ""] = (data.sha256 ?? []).map((hash) => hash.slice(0, 12));
    return (
      <p className="mid">
        These are no texts: their hashes are <span className="mono">{inA}</span> and <span className="mono">{inB}</span>
        .
      </p>
    );
  }
  return (
    <div className="dl cmp-diff" {...SCROLLS}>
      {data.lines.hunks.map((hunk) => (
        <div key={`${hunk.beforeLine} ${hunk.afterLine}`} style={{ display: "contents" }}>
          <div className="x">
            <span />
            <span>
              line {count(hunk.beforeLine)}, now {count(hunk.afterLine)}
            </span>
          </div>
          {hunk.edits.map(({ kind, text }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <div key={index} className={kind === "removed" ? "m" : kind === "added" ? "p" : ""}>
              <span>{kind === "removed" ? "−" : kind === "added" ? "+" : ""}</span>
              <span>{text}</span>
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

/** Each path with what it was and what it is. */
export function ChangeLines({ changes }: { readonly changes: Changes }) {
  return (
    <div className="dl cmp-diff" {...SCROLLS}>
      {changes.first.map(({ path, kind, before, after }) => (
        <div key={path} style={{ display: "contents" }}>
          <div className="x">
            <span />
            <span>{path}</span>
          </div>
          {kind === "added" ? null : (
            <div className="m">
              <span>−</span>
              <span>{valueText(before, 400)}</span>
            </div>
          )}
          {kind === "removed" ? null : (
            <div className="p">
              <span>+</span>
              <span>{valueText(after, 400)}</span>
            </div>
          )}
        </div>
      ))}
      {changes.count > changes.first.length ? (
        <p className="dim pad">
          The first {count(changes.first.length)} of {count(changes.count)}.
        </p>
      ) : null}
    </div>
  );
}
