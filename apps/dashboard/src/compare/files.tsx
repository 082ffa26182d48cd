/** Outputs and files that differ, each opened when it is asked for: JSON by path, text by line, as the server compared them. */
import { lazy, Suspense, useState } from "react";
import type { Comparison } from "../api/types.js";
import { Button } from "../parts/button.js";
import { bytes, counted } from "../words/numbers.js";

const FileDiff = lazy(() => import("./file-diff.js").then((m) => ({ default: m.FileDiff })));
const DiffBox = lazy(() => import("./diff-lines.js").then((m) => ({ default: m.DiffBox })));
const JsonDifferences = lazy(() => import("./json-difference.js").then((m) => ({ default: m.JsonDifferences })));

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
              <OutputDiff stage={stage.stage} changes={stage.output} />
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
          <td colSpan={5}>
            <Suspense fallback={null}>{children}</Suspense>
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** Each path with what it was and what it is. */
function OutputDiff({ stage, changes }: { readonly stage: string; readonly changes: Changes }) {
  return (
    <DiffBox label={`Difference of the output of ${stage}`}>
      <JsonDifferences differences={changes.first} total={changes.count} />
    </DiffBox>
  );
}
