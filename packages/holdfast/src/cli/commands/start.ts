/**
 * `start`: make a run and work on it here, or with --detach leave it to a worker. A start that the environment or the
 * input calls a resume is one: see `resume/request.ts`.
 */
import { EXIT, PRIORITY_MAX, type StartWhen, WHEN_ACTIVE, WrongUseError, wordHoldup } from "@holdfast/core";
import type { RunHandle, RunView } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import type { FlagForm } from "../flag-form.js";
import { adviseOn } from "../output/advice.js";
import { formatInstant } from "../output/time.js";
import { resumeRequest } from "../resume/request.js";
import { resumeRun } from "../resume/resume-run.js";
import { buildInput, type InputForm, type InputSources, layInput, readDocuments, withPlaces } from "../run-input.js";
import { workHere } from "../work-here.js";

export async function run(cli: Cli, args: Args, form: FlagForm | null): Promise<number> {
  if (form?.kind !== "workflow") throw new WrongUseError({ problem: "holdfast start needs <workflow>." });
  const fieldNames = new Set(form.options.map((option) => option.name));
  const isField = (name: string) =>
    fieldNames.has(name) || form.fields?.some((field) => field.kind === "record" && name.includes("."));
  const sources: InputSources = {
    documents: await readDocuments([args.text("config"), args.text("input")], cli),
    flags: [...args.entries()].filter(([name]) => isField(name)),
    sets: args.list("set"),
  };
  const request = resumeRequest(layInput(form, sources).value, cli.environment.resume);
  if (request.kind === "refused") throw new WrongUseError({ problem: request.problem });
  if (request.kind === "resume") return resumeInstead(cli, args, form, sources, request);
  for (const warning of request.warnings) cli.console.message(`warning: ${warning}`);
  try {
    return await startNew(cli, args, form, sources);
  } catch (thrown) {
    throw withPlaces(thrown, sources.documents);
  }
}

async function startNew(cli: Cli, args: Args, form: InputForm, sources: InputSources): Promise<number> {
  const input = buildInput(form, sources);
  const options = {
    ...{ runId: args.text("run-id"), through: args.text("through"), owner: args.text("owner") },
    ...startWhen(args),
  };
  const holdfast = await cli.open({ workflows: [form.workflow.name] });
  if (args.flag("detach")) {
    const handle = await holdfast.start(form.workflow, input, options);
    const queued = await handle.status();
    if (cli.console.isJson) cli.console.document(queued);
    else
      cli.console.lines([wordQueued(queued, handle.joined), ...adviseOn(queued).next.map((step) => `  next  ${step}`)]);
    return EXIT.done;
  }
  const work = await holdfast.startHere(form.workflow, input, options);
  cli.console.message(`Run ${work.handle.id}`);
  return workHere(cli, holdfast, work);
}

function wordQueued({ id, status, wakeAt, holdup }: RunView, joined: RunHandle["joined"]): string {
  if (joined !== undefined) {
    const differs = joined.inputDiffers ? "; its input differs from this one" : "";
    return `Run ${id} of this key is ${status} already${differs}`;
  }
  if (holdup !== null) return `Run ${id} queued, waits for ${wordHoldup(holdup)}`;
  return `Run ${id} queued${wakeAt === null ? "" : `, starts at ${formatInstant(wakeAt)} UTC`}`;
}

/** When and in which order it starts. */
function startWhen(args: Args): StartWhen {
  const tags = args.list("tag");
  return {
    delayMs: args.duration("delay"),
    at: args.instant("at"),
    priority: args.count("priority", { min: 0, max: PRIORITY_MAX }),
    tags: tags.length === 0 ? undefined : tags,
    dedupe: dedupeOf(args),
  };
}

function dedupeOf(args: Args): StartWhen["dedupe"] {
  const [key, whenActive, quietMs] = [
    args.text("dedupe-key"),
    args.oneOf("when-active", WHEN_ACTIVE),
    args.duration("quiet"),
  ];
  if (key !== undefined) return { key, whenActive, quietMs };
  if (whenActive === undefined && quietMs === undefined) return undefined;
  throw new WrongUseError({ problem: "--when-active and --quiet belong to --dedupe-key." });
}

/** Of a new run alone. */
const NEW_ONLY = ["run-id", "owner", "delay", "at", "priority", "tag", "dedupe-key", "when-active", "quiet"];

async function resumeInstead(
  cli: Cli,
  args: Args,
  form: InputForm,
  { documents, sets }: InputSources,
  request: { readonly runId: string; readonly isErrorsOnly: boolean },
): Promise<number> {
  for (const name of NEW_ONLY) {
    if (args.text(name) !== undefined || args.list(name).length > 0)
      throw new WrongUseError({ problem: `--${name} cannot be used to resume a run.` });
  }
  const holdfast = await cli.open("store");
  const view = await holdfast.runs.get(await findRun(holdfast, request.runId));
  if (view.workflow !== form.workflow.name) {
    const problem = `Run ${view.id} belongs to ${view.workflow}, not to ${form.workflow.name}: holdfast resume ${view.id}`;
    throw new WrongUseError({ problem });
  }
  return resumeRun(cli, view, {
    only: request.isErrorsOnly ? "errors" : undefined,
    accept: undefined,
    through: args.text("through"),
    // Fields given one by one are compared where a whole input is there to lay them over.
    input: documents.length > 0 ? { documents, sets } : { documents: [], sets: [] },
    isInputTaken: false,
    isPlanOnly: false,
    isAsking: false,
    isDetached: args.flag("detach"),
  });
}
