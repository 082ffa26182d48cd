/** The form of a question, made from its schema, with a note. A refusal stays beside it: what was given is not lost. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useMemo } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { ApiProblem, ask, runPath } from "../api/client.js";
import type { AnswerBody, AskPage, Question } from "../api/types.js";
import { Button } from "../parts/button.js";
import { idOf } from "../start/schema-fields.js";
import { SchemaFields, showOnFields, wrongWords } from "../start/schema-form.js";
import { answerOf, fieldsOfAnswer } from "./answer-fields.js";
import { refusalOf } from "./question-words.js";
import { isOfQuestions, keyOf } from "./use-questions.js";
import "../styles/asks.css";

/** As the server takes it. */
const NOTE_MAX = 2_000;
const NOTE = "note";
/** Status of an answer that does not fit the schema. */
const UNFIT = 422;

interface QuestionFormProps {
  readonly question: Question;
  readonly onAnswered: () => void;
}

export function QuestionForm({ question, onAnswered }: QuestionFormProps) {
  const { runId, name, attempt, schema } = question;
  const client = useQueryClient();
  const fields = useMemo(() => fieldsOfAnswer(schema), [schema]);
  const form = useForm<Record<string, string | boolean>>({
    defaultValues: { [NOTE]: "", ...Object.fromEntries(fields.map((field) => [idOf(field.path), field.initial])) },
    mode: "onTouched",
  });
  const send = useMutation({
    mutationFn: (values: Record<string, string | boolean>) => {
      const note = String(values[NOTE] ?? "").trim();
      const body: AnswerBody = { value: answerOf(fields, values), attempt, ...(note === "" ? {} : { note }) };
      return ask(runPath(runId, `/asks/${encodeURIComponent(name)}`), { method: "POST", body });
    },
    onSuccess: async () => {
      // A list that was asked for before the answer would bring the question back.
      await client.cancelQueries({ predicate: isOfQuestions });
      client.setQueriesData<AskPage>({ predicate: isOfQuestions }, (page) =>
        page === undefined ? page : { ...page, rows: page.rows.filter((other) => keyOf(other) !== keyOf(question)) },
      );
      onAnswered();
      void client.invalidateQueries({ predicate: isOfQuestions });
      void client.invalidateQueries({ queryKey: ["run", runId] });
    },
    onError: (error) => {
      if (error instanceof ApiProblem) showOnFields(error, fields, form.setError);
    },
  });
  const { errors } = form.formState;
  const wrong = fields.filter((field) => idOf(field.path) in errors);
  const refusal = refusalOf(question);
  const submit = form.handleSubmit((values) => (refusal === null && !send.isPending ? send.mutate(values) : undefined));
  const problem = send.error?.message ?? wrongWords(wrong);
  return (
    <FormProvider {...form}>
      <form
        className="form answer"
        aria-label="Answer"
        onSubmit={(event) => void submit(event)}
        onChange={() => {
          // The refusal was of the answer of before.
          if (send.error instanceof ApiProblem && send.error.status === UNFIT) send.reset();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
        }}
        noValidate
      >
        <SchemaFields fields={fields} codeOf={(path) => path} />
        <div className="fl">
          <label htmlFor="answer-note">
            Note<span className="dim opt">optional</span>
          </label>
          <textarea
            id="answer-note"
            className="inp"
            rows={2}
            maxLength={NOTE_MAX}
            aria-describedby="answer-note-hint"
            {...form.register(NOTE)}
          />
          <span className="hint" id="answer-note-hint">
            Why, for the run's history and the audit log
          </span>
        </div>
        {refusal === null ? null : <p className="mid">{refusal}</p>}
        {problem === null ? null : (
          <p className="c-fail" role="alert">
            {problem}
          </p>
        )}
        <div className="btns">
          <Button kind="pri" type="submit" refusal={refusal ?? (send.isPending ? "The answer is being sent" : null)}>
            <Send className="i s" aria-hidden="true" />
            Send
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}
