/** Starting a run: a form made from the workflow's schema, the command beside it that does the same, what it may take. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { CirclePlay } from "lucide-react";
import { useMemo, useRef } from "react";
import { type FieldErrors, FormProvider, useForm } from "react-hook-form";
import { ApiProblem, ask, runPath } from "../api/client.js";
import { useActRefusal } from "../api/session-context.js";
import type { Run, WorkflowPage } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { Button } from "../parts/button.js";
import { Key } from "../parts/key.js";
import { useTitle } from "../tab/use-title.js";
import { counted } from "../words/numbers.js";
import { Beside } from "./beside.js";
import { type Field, fieldsOf, idOf, inputOf, type JsonSchema, type Values } from "./schema-fields.js";
import { SchemaFields, showOnFields, wrongWords } from "./schema-form.js";

type Workflow = WorkflowPage["rows"][number];

export function StartPage() {
  const { workflow: name } = useParams({ from: "/start/$workflow" });
  const { from } = useSearch({ from: "/start/$workflow" });
  const { data } = usePolled<WorkflowPage>("api/workflows", { everyMs: null });
  const source = useQuery({
    queryKey: ["run-to-copy", from],
    queryFn: () => ask<Run>(runPath(from ?? "")),
    enabled: from !== undefined,
    retry: false,
  });
  useTitle(`Start ${name}`);
  const workflow = data?.rows.find((row) => row.name === name);
  if (data === undefined || (from !== undefined && source.isPending)) return null;
  if (workflow === undefined) {
    return (
      <div className="void framed">
        <h1>There is no workflow {name}</h1>
        <p className="dim">This server knows {data.rows.map((row) => row.name).join(", ") || "none"}.</p>
      </div>
    );
  }
  return <StartForm key={`${name} ${from}`} workflow={workflow} given={source.data?.input} />;
}

function StartForm({ workflow, given }: { readonly workflow: Workflow; readonly given: unknown }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const refusal = useActRefusal();
  const fields = useMemo(() => fieldsOf((workflow.input ?? {}) as JsonSchema, given), [workflow.input, given]);
  const form = useForm<Record<string, string | boolean>>({
    defaultValues: Object.fromEntries(fields.map((field) => [idOf(field.path), field.initial])),
    mode: "onTouched",
  });
  // One key for one form: a second press, or a second try, starts nothing twice.
  const key = useRef(crypto.randomUUID());
  const start = useMutation({
    mutationFn: (values: Values) =>
      ask<Run>("api/runs", {
        method: "POST",
        body: { workflow: workflow.name, input: inputOf(fields, values) },
        headers: { "idempotency-key": key.current },
      }),
    onSuccess: async (run) => {
      client.setQueryData(["run", run.id], run);
      await navigate({ to: "/runs/$runId", params: { runId: run.id } });
    },
    onError: (error) => {
      // Another input is another run.
      key.current = crypto.randomUUID();
      if (error instanceof ApiProblem) showOnFields(error, fields, form.setError);
    },
  });
  const { errors } = form.formState;
  const wrong = fields.filter((field) => idOf(field.path) in errors);
  const submit = form.handleSubmit((values) => start.mutate(values));
  return (
    <FormProvider {...form}>
      <form
        className="start"
        onSubmit={(event) => void submit(event)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
        }}
        noValidate
      >
        <div className="start-form">
          <h1>
            Start <span className="mono">{workflow.name}</span>
          </h1>
          <p className="mid">
            {workflow.stages === null ? "Stages as they come" : counted(workflow.stages.length, "stage")}.
            {workflow.version === null ? "" : ` Version ${workflow.version}.`}
          </p>
          <div className="form">
            <SchemaFields fields={fields} />
            {fields.length === 0 ? <p className="dim">It takes no input.</p> : null}
          </div>
        </div>
        <Beside workflow={workflow} fields={fields}>
          <Foot wrong={wrong} errors={errors} problem={start.error} />
          <div className="btns">
            <Button
              kind="pri"
              size="lg"
              type="submit"
              refusal={refusal ?? (start.isPending ? "It is being started" : wrongWords(wrong))}
            >
              <CirclePlay className="i s" aria-hidden="true" />
              Start<Key>{/Mac/.test(navigator.userAgent) ? "⌘↵" : "Ctrl ↵"}</Key>
            </Button>
            <span className="dim small">runs on though you close the page</span>
          </div>
        </Beside>
      </form>
    </FormProvider>
  );
}

interface FootProps {
  readonly wrong: readonly Field[];
  readonly errors: FieldErrors;
  readonly problem: Error | null;
}

function Foot({ wrong, problem }: FootProps) {
  const words = wrongWords(wrong) ?? problem?.message ?? null;
  return words === null ? null : (
    <p className="c-fail small" role="alert">
      {words}
    </p>
  );
}
