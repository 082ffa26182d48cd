/** A question: who asks, since when and until when, what one has to know as plain text, and the form of its answer. */
import { Link } from "@tanstack/react-router";
import { runPath } from "../api/client.js";
import type { ArtifactPage, Question } from "../api/types.js";
import { READ_BYTES_MAX } from "../files/kinds.js";
import { useFileText } from "../files/use-file-text.js";
import { usePolled } from "../live/use-polled.js";
import { useNow } from "../parts/now.js";
import { SCROLLS } from "../parts/scrolls.js";
import { bytes } from "../words/numbers.js";
import { ago, instant } from "../words/times.js";
import { QuestionForm } from "./question-form.js";
import { toWhom, untilWhen } from "./question-words.js";

interface QuestionViewProps {
  readonly question: Question;
  /** False once it is not listed any more: somebody else answered it, or its time is over. */
  readonly isOpen: boolean;
  readonly onAnswered: () => void;
}

export function QuestionView({ question, isOpen, onAnswered }: QuestionViewProps) {
  const { runId, workflow, name, details, to, askedAt } = question;
  const nowMs = useNow();
  return (
    <div className="question">
      <p className="dim small facts">
        <span>
          Asked by <span className="mono">{name}</span> of{" "}
          <Link className="link mono" to="/runs/$runId" params={{ runId }}>
            {runId}
          </Link>
        </span>
        <span>{workflow}</span>
        <span title={instant(askedAt)}>{ago(askedAt, nowMs)}</span>
        <span>{untilWhen(question, nowMs)}</span>
        <span>to {toWhom(to)}</span>
      </p>
      {details === null ? null : typeof details === "string" ? (
        <Details text={details} />
      ) : (
        <DetailsFile runId={runId} file={details} />
      )}
      {isOpen ? null : (
        <p className="c-hold" role="status">
          This question is not open any more: somebody answered it, its time is over, or its run moved on.
        </p>
      )}
      <QuestionForm question={question} onAnswered={onAnswered} />
    </div>
  );
}

/** Whatever it says it is, it is shown as text. */
function Details({ text }: { readonly text: string }) {
  return (
    <pre className="text" {...SCROLLS}>
      {text}
    </pre>
  );
}

interface DetailsFileProps {
  readonly runId: string;
  readonly file: Exclude<Question["details"], string | null>;
}

function DetailsFile({ runId, file: { stage, attempt, name } }: DetailsFileProps) {
  const { data, error } = usePolled<ArtifactPage>(runPath(runId, "/artifacts"), { everyMs: null });
  const artifact = data?.rows.find((one) => one.stage === stage && one.attempt === attempt && one.name === name);
  if (artifact !== undefined) return <FileText artifact={artifact} />;
  if (data === undefined && error === null) return null;
  return (
    <p className="dim">
      The details are in file <span className="mono">{name}</span> of stage <span className="mono">{stage}</span>, which
      could not be read: {error?.message ?? "the run has no such file."}
    </p>
  );
}

function FileText({ artifact }: { readonly artifact: ArtifactPage["rows"][number] }) {
  const { name, sizeBytes } = artifact;
  // Relative to where the page is mounted.
  const href = artifact.href.replace(/^\//, "");
  const bytesMax = READ_BYTES_MAX.text;
  const { data: text, error } = useFileText({ href, sizeBytes, bytesMax });
  return (
    <>
      <p className="small dim">
        <a className="link mono" href={href} download={name.split("/").at(-1)}>
          {name}
        </a>{" "}
        {sizeBytes > bytesMax ? `The first ${bytes(bytesMax)} of ${bytes(sizeBytes)}` : bytes(sizeBytes)}, shown as text
      </p>
      {error === null ? null : <p className="c-fail">{error.message}</p>}
      {text === undefined ? null : <Details text={text} />}
    </>
  );
}
