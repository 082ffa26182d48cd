/**
 * The chosen file: text as text, JSON as a tree, delimited rows as a table, pictures as pictures. HTML and PDF are shown by the
 * browser in a frame, in a sandbox: no script, no origin, nothing is fetched. All of it can be downloaded.
 */
import { Download } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { parseExact } from "../api/exact-json.js";
import type { ArtifactPage } from "../api/types.js";
import { Problem } from "../parts/problem.js";
import { SCROLLS } from "../parts/scrolls.js";
import { JsonTree } from "../tree/json-tree.js";
import { bytes } from "../words/numbers.js";
import { type PreviewKind, previewOf, READ_BYTES_MAX } from "./kinds.js";
import { TablePreview } from "./table-preview.js";
import { useFileText } from "./use-file-text.js";
import "../styles/files.css";

type Artifact = ArtifactPage["rows"][number];

/** What has a form besides its text. */
const FORMS: Partial<Record<PreviewKind, string>> = {
  json: "Tree",
  jsonLines: "Tree",
  table: "Table",
  page: "Page",
};

export function FilePreview({ artifact }: { readonly artifact: Artifact }) {
  const { name, sizeBytes, sha256 } = artifact;
  // Relative to where the page is mounted.
  const href = artifact.href.replace(/^\//, "");
  const { kind, isCut } = previewOf(name, sizeBytes);
  const [isText, setText] = useState(false);
  const form = FORMS[kind];
  return (
    <section className="panel first preview" aria-labelledby="h-preview">
      <header>
        <h2 id="h-preview" className="cut">
          {name}
        </h2>
        <span className="dim small mono cut" title={`sha256 ${sha256}`}>
          sha256 {sha256.slice(0, 12)}
        </span>
        <span className="end btns">
          {form === undefined ? null : (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form
            <span className="seg" role="group" aria-label="Shown as">
              <button type="button" aria-pressed={!isText} onClick={() => setText(false)}>
                {form}
              </button>
              <button type="button" aria-pressed={isText} onClick={() => setText(true)}>
                Text
              </button>
            </span>
          )}
          <a className="btn sm" href={href} download={name.split("/").at(-1)}>
            <Download className="i s" aria-hidden="true" />
            Download
          </a>
        </span>
      </header>
      {shown()}
    </section>
  );

  function shown(): ReactNode {
    const framed = `${href}${href.includes("?") ? "&" : "?"}view=frame`;
    if (kind === "picture") return <img className="picture" src={href} alt={name} />;
    if (kind === "page" && !isText) {
      return (
        <>
          <iframe className="file-frame" sandbox="" src={framed} title={name} />
          <p className="pad dim small">
            In a sandbox: its scripts do not run, and what it names elsewhere is not fetched.
          </p>
        </>
      );
    }
    // Chromium shows no PDF in a frame with the attribute; the server's policy of the file is the same sandbox.
    if (kind === "pdf") return <iframe className="file-frame" src={framed} title={name} />;
    if (kind === "none") {
      return (
        <p className="pad dim">
          {isCut ? `It has ${bytes(sizeBytes)}, more than is shown here.` : "There is no preview of this kind of file."}{" "}
          Download it to look at it.
        </p>
      );
    }
    const bytesMax = READ_BYTES_MAX[isText ? "text" : kind];
    return <FromText key={String(isText)} {...{ name, href, sizeBytes, bytesMax }} kind={isText ? "text" : kind} />;
  }
}

interface FromTextProps {
  readonly name: string;
  readonly href: string;
  readonly sizeBytes: number;
  readonly bytesMax: number;
  readonly kind: PreviewKind;
}

function FromText({ name, href, sizeBytes, bytesMax, kind }: FromTextProps) {
  const { data: text, error } = useFileText({ href, sizeBytes, bytesMax });
  const isCut = sizeBytes > bytesMax;
  if (error !== null) return <Problem error={error} what="The file could not be read" />;
  if (text === undefined) return null;
  if (kind === "table") return <TablePreview name={name} text={text} isCut={isCut} />;
  if (kind === "json" || kind === "jsonLines") return <Values name={name} text={text} isCut={isCut} kind={kind} />;
  return <PlainText text={text} note={isCut ? `The first ${bytes(bytesMax)} of ${bytes(sizeBytes)}.` : null} />;
}

/** Whatever it says it is, it is shown as text: a page of a model's making runs nowhere. */
function PlainText({ text, note }: { readonly text: string; readonly note: string | null }) {
  return (
    <>
      <pre className="text preview-text" {...SCROLLS}>
        {text}
      </pre>
      {note === null ? null : <p className="pad dim">{note}</p>}
    </>
  );
}

interface ValuesProps {
  readonly name: string;
  readonly text: string;
  readonly isCut: boolean;
  readonly kind: "json" | "jsonLines";
}

function Values({ name, text, isCut, kind }: ValuesProps) {
  const read = useMemo(() => valuesOf(text, kind, isCut), [text, kind, isCut]);
  if (read.problem !== null) {
    // Of a document that is broken the beginning says why.
    return <PlainText text={text.slice(0, READ_BYTES_MAX.text)} note={`It is not JSON: ${read.problem}`} />;
  }
  return (
    <div className="pad">
      <JsonTree value={read.value} label={name} />
      {isCut ? <p className="dim">The beginning of the file.</p> : null}
    </div>
  );
}

function valuesOf(text: string, kind: ValuesProps["kind"], isCut: boolean) {
  try {
    if (kind === "json") return { value: parseExact(text), problem: null };
    const lines = text.split(/\r?\n/);
    if (isCut) lines.pop();
    return { value: lines.filter((line) => line.trim() !== "").map(parseExact), problem: null };
  } catch (error) {
    return { value: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
