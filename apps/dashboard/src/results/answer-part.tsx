/** An answer and what it stands on: a number opens its passage beside the text; what no source says is marked. */
import { ChevronDown, ChevronUp, FileText } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { Button, CopyButton } from "../parts/button.js";
import type { PartOf } from "./parts.js";

type Answer = PartOf<"answer">;
type Source = Answer["sources"][number];

export function AnswerPart({ part }: { readonly part: Answer }) {
  const { question, paragraphs, sources } = part;
  const [open, setOpen] = useState(1);
  const id = useId();
  const source = sources[open - 1];
  const cite = (number: number, key: number) => (
    <button
      key={key}
      type="button"
      className="cite"
      aria-label={`Source ${number}: ${sources[number - 1]?.title}`}
      aria-expanded={open === number}
      aria-controls={id}
      onClick={() => setOpen(number)}
    >
      {number}
    </button>
  );
  return (
    <div className="answer">
      <div className="ans">
        {question === undefined ? null : <p className="q">{question}</p>}
        {paragraphs.map(({ pieces, inference }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer never changes its order
          <p key={at} className={inference === true ? "inf" : ""}>
            {inference === true ? <span className="tag solid">inference</span> : null}
            {pieces.map((piece, place) => pieceOf(piece, place, cite))}
          </p>
        ))}
        <CopyButton text={copyOf(part)} label="Copy with sources" className="btn sm">
          Copy with sources
        </CopyButton>
      </div>
      {source === undefined ? null : (
        <div className="src">
          <section className="passage" id={id} aria-label={`Source ${open} of ${sources.length}`}>
            <header>
              <FileText className="i s" aria-hidden="true" />
              <span className="mono cut">{source.document}</span>
              <span className="dim nowrap">
                source {open} of {sources.length}, shown as text
              </span>
              <span className="end">
                <Button
                  kind="bare"
                  size="sm"
                  isIcon
                  aria-label="Previous source"
                  title="Previous source"
                  refusal={open === 1 ? "This is the first" : null}
                  onClick={() => setOpen(open - 1)}
                >
                  <ChevronUp className="i s" aria-hidden="true" />
                </Button>
                <Button
                  kind="bare"
                  size="sm"
                  isIcon
                  aria-label="Next source"
                  title="Next source"
                  refusal={open === sources.length ? "This is the last" : null}
                  onClick={() => setOpen(open + 1)}
                >
                  <ChevronDown className="i s" aria-hidden="true" />
                </Button>
              </span>
            </header>
            <Passage source={source} />
          </section>
          <ol className="srcs">
            {sources.map(({ title, date, document }, at) => (
              <li key={`${document} ${title}`}>
                <span className="cite" aria-hidden="true">
                  {at + 1}
                </span>
                <button type="button" className="cut" aria-pressed={open === at + 1} onClick={() => setOpen(at + 1)}>
                  {title}
                </button>
                <span className="dim">{date}</span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </div>
  );
}

type Piece = Answer["paragraphs"][number]["pieces"][number];

function pieceOf(piece: Piece, key: number, cite: (number: number, key: number) => ReactNode): ReactNode {
  if (typeof piece === "string") return piece;
  return "strong" in piece ? <b key={key}>{piece.strong}</b> : cite(piece.cite, key);
}

/** The passage, with what is relied on marked; marks that overlap or lie outside are let go. */
function Passage({ source: { passage, marks = [], place } }: { readonly source: Source }) {
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const [from, to] of [...marks].sort((a, b) => a[0] - b[0])) {
    if (from < at || to <= from || to > passage.length) continue;
    pieces.push(
      passage.slice(at, from),
      <mark key={from} className="hit">
        {passage.slice(from, to)}
      </mark>,
    );
    at = to;
  }
  return (
    <pre>
      {place === undefined ? null : <span className="dim">{`${place}\n`}</span>}
      {pieces}
      {passage.slice(at)}
    </pre>
  );
}

/** As plain text: numbers in brackets, and what they stand for. */
function copyOf({ question, paragraphs, sources }: Answer): string {
  const word = (piece: Piece) =>
    typeof piece === "string" ? piece : "strong" in piece ? piece.strong : `[${piece.cite}]`;
  const text = paragraphs.map(
    ({ pieces, inference }) => `${inference === true ? "Inference: " : ""}${pieces.map(word).join("")}`,
  );
  const listed = sources.map(
    ({ title, document, place, date }, at) =>
      `[${at + 1}] ${[title, document, place, date].filter((one) => one !== undefined).join(", ")}`,
  );
  return [...(question === undefined ? [] : [question]), ...text, listed.join("\n")].join("\n\n");
}
