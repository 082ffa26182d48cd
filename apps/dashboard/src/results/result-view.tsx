/** A result by its shape: each part drawn as what it is, side by side where there is room. What a part says is text, whoever wrote it. */
import { Download } from "lucide-react";
import { type ReactNode, useId } from "react";
import { runPath } from "../api/client.js";
import { bytes } from "../words/numbers.js";
import { AnswerPart } from "./answer-part.js";
import { GridPart } from "./grid-part.js";
import { NotesPart } from "./notes-part.js";
import type { ResultFile, ShownPart } from "./parts.js";
import { QuotesPart } from "./quotes-part.js";
import { SeriesPart } from "./series-part.js";
import { TablePart } from "./table-part.js";
import { TermsPart } from "./terms-part.js";
import "../styles/results.css";

/** Room that suits a shape, where the part says nothing. */
const WIDTHS: Readonly<Record<ShownPart["shape"], string>> = {
  headline: "full",
  notes: "full",
  table: "half",
  series: "two-thirds",
  grid: "third",
  answer: "full",
  terms: "third",
  quotes: "third",
  files: "half",
};

export function ResultView({ parts }: { readonly parts: readonly ShownPart[] }) {
  return (
    <div className="result-parts">
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a result never changes its order
        <Part key={at} part={part} />
      ))}
    </div>
  );
}

function Part({ part }: { readonly part: ShownPart }) {
  const id = useId();
  const width = ("width" in part ? part.width : undefined) ?? WIDTHS[part.shape];
  const className = `result-part w-${width}`;
  if (part.shape === "headline") return <Headline {...part} />;
  const { title } = part;
  const subtitle = "subtitle" in part ? part.subtitle : undefined;
  const file = "file" in part ? part.file : undefined;
  const isNamed = title !== undefined && title !== "";
  return (
    <section className={className} {...(isNamed ? { "aria-labelledby": id } : {})}>
      {isNamed || file !== undefined ? (
        <header>
          <h3 id={id} className="lab3">
            {title}
            {subtitle === undefined ? null : <span> {subtitle}</span>}
          </h3>
          {file === undefined ? null : <FileLink file={file} />}
        </header>
      ) : null}
      {bodyOf(part)}
    </section>
  );
}

function bodyOf(part: Exclude<ShownPart, { readonly shape: "headline" }>): ReactNode {
  switch (part.shape) {
    case "notes":
      return <NotesPart part={part} />;
    case "table":
      return <TablePart part={part} />;
    case "series":
      return <SeriesPart part={part} />;
    case "grid":
      return <GridPart part={part} />;
    case "answer":
      return <AnswerPart part={part} />;
    case "terms":
      return <TermsPart part={part} />;
    case "quotes":
      return <QuotesPart part={part} />;
    case "files":
      return (
        <ul className="result-files">
          {part.files.map((file) => (
            <li key={`${file.stage}/${file.attempt}/${file.name}`}>
              <FileLink file={file} />
            </li>
          ))}
        </ul>
      );
  }
}

/** The words that limit it stand out where they occur. */
function Headline({ text, caution }: { readonly text: string; readonly caution?: string }) {
  const at = caution === undefined ? -1 : text.indexOf(caution);
  return (
    <p className="verdict result-part w-full">
      {at < 0 || caution === undefined ? (
        text
      ) : (
        <>
          {text.slice(0, at)}
          <u>{caution}</u>
          {text.slice(at + caution.length)}
        </>
      )}
    </p>
  );
}

/** A file by its address within the page's own folder. */
function FileLink({ file }: { readonly file: ResultFile }) {
  const path = [file.stage, `attempt-${file.attempt}`, ...file.name.split("/")].map(encodeURIComponent).join("/");
  return (
    <a
      className="btn sm bare"
      href={runPath(file.runId, `/artifacts/${path}`)}
      download={file.name.split("/").at(-1)}
      title={`${bytes(file.sizeBytes)}, written by stage ${file.stage}`}
    >
      <Download className="i s" aria-hidden="true" />
      {file.name}
    </a>
  );
}
