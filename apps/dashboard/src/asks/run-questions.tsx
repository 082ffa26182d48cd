/** On the page of a run that waits: its open questions, each a button to the form of its answer. */
import { MessageCircleQuestionMark } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Question, Run } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { useNow } from "../parts/now.js";
import { refusalOf, toWhom, untilWhen } from "./question-words.js";
import { keyOf, useQuestions } from "./use-questions.js";

const QuestionView = lazy(() => import("./question-view.js").then((m) => ({ default: m.QuestionView })));
const EVERY_MS = 4_000;

export function RunQuestions({ run }: { readonly run: Run }) {
  const isEnabled = run.status === "waiting" || run.status === "paused";
  const { questions } = useQuestions({ runId: run.id, everyMs: EVERY_MS, isEnabled });
  const [asked, setAsked] = useState<Question | null>(null);
  const nowMs = useNow();
  const isListed = (one: Question) => questions.some((other) => keyOf(other) === keyOf(one));
  return (
    <>
      {questions.map((question) => (
        <section key={keyOf(question)} className="banner ask" aria-label="Question">
          <MessageCircleQuestionMark className="i" aria-hidden="true" />
          <div>
            <h2>{question.title}</h2>
            <p>
              Asked of {toWhom(question.to)}, {untilWhen(question, nowMs)}.
            </p>
            <div className="btns">
              <Button onClick={() => setAsked(question)}>
                {refusalOf(question) === null ? "Answer…" : "Show the question…"}
              </Button>
            </div>
          </div>
        </section>
      ))}
      {asked === null ? null : (
        <Dialog title={asked.title} onClose={() => setAsked(null)}>
          <Suspense fallback={null}>
            <QuestionView question={asked} isOpen={isListed(asked)} onAnswered={() => setAsked(null)} />
          </Suspense>
        </Dialog>
      )}
    </>
  );
}
