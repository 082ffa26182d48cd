/**
 * The waits of a run's context (`workflow/waits.ts`), over calls that an execution answers from the store, and the rehearsal of
 * a resume from the records.
 */
import {
  BadInputError,
  DURATION_MAX_MS,
  findDurationProblem,
  type InputIssue,
  readDurationMs,
  type WaitDue,
  type WaitOpen,
  type WaitQuestion,
  WrongUseError,
  wordDuration,
} from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import { validate } from "../base/schema.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { describe } from "../workflow/schema-json.js";
import type { Question, SignalWait, SleepHow, Waits } from "../workflow/waits.js";

/** What the waits stand on. */
export interface WaitCalls {
  readonly workflow: Workflow;
  readonly nowMs: () => number;
  /** Refuses a name that was used before. */
  readonly register: (name: string) => void;
  /** The recorded output of the wait, once it has ended. */
  readonly call: (wait: WaitOpen) => Promise<unknown>;
  /** What came does not fit its schema: ask again, or never answer. */
  readonly onMisfit: (wait: WaitOpen, error: BadInputError) => Promise<void>;
}

/** A signal or an answer, as it is recorded. */
type Taken = { readonly name: string; readonly payload: unknown };
type Answered = { readonly value: unknown; readonly by: string; readonly at: number };

export function makeWaits(
  calls: WaitCalls,
): Omit<Waits<Record<string, unknown>>, "child" | "startChild" | "continueAs" | "publish"> {
  const { signals } = calls.workflow.definition;
  const takeSignal = async (
    name: string,
    signalNames: readonly string[],
    options: SignalWait,
  ): Promise<Taken | null> => {
    const known = Object.keys(signals);
    const unknown = signalNames.find((one) => !Object.hasOwn(signals, one));
    if (unknown !== undefined || signalNames.length === 0) {
      throw wrongUse(
        name,
        `the workflow declares no signal ${JSON.stringify(unknown ?? "")}; declared are: ${known.join(", ") || "none"}`,
      );
    }
    const wait: WaitOpen = {
      stage: name,
      kind: "signal",
      due: readTimeout(name, options.timeoutMs),
      signals: signalNames,
    };
    return untilFit(calls, wait, async (output: Taken) => {
      const fit = await validate(signals[output.name] as Schema, output.payload);
      return fit.ok ? { ok: true, value: { name: output.name, payload: fit.value } } : fit;
    });
  };
  return {
    sleep: async (name, how) => {
      calls.register(name);
      await calls.call({ stage: name, kind: "sleep", due: readDue(name, how, calls.nowMs()) });
    },
    waitForSignal: async (name: string, options: SignalWait & { readonly signalName?: string | undefined } = {}) => {
      calls.register(name);
      return (await takeSignal(name, [options.signalName ?? name], options))?.payload ?? null;
    },
    waitForAnySignal: async (name, options) => {
      calls.register(name);
      return (await takeSignal(name, options.signalNames ?? [], options)) as never;
    },
    ask: async (name, question) => {
      calls.register(name);
      const due = readTimeout(name, question?.timeoutMs);
      const wait: WaitOpen = { stage: name, kind: "ask", due, question: await readQuestion(name, question) };
      return (await untilFit(calls, wait, async ({ value, by, at }: Answered) => {
        const fit = await validate(question.schema, value);
        return fit.ok ? { ok: true, value: { value: fit.value, by, at } } : fit;
      })) as never;
    },
  };
}

/** Null where nothing came in time. */
async function untilFit<R, T>(
  calls: WaitCalls,
  wait: WaitOpen,
  judge: (
    output: R,
  ) => Promise<
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly InputIssue[] }
  >,
): Promise<T | null> {
  for (;;) {
    const output = (await calls.call(wait)) as R | null;
    if (output === null) return null;
    const judged = await judge(output);
    if (judged.ok) return judged.value;
    const subject = wait.kind === "ask" ? `the answer to ${wait.stage}` : `the signal that ${wait.stage} took`;
    await calls.onMisfit(wait, new BadInputError({ subject, issues: judged.issues }));
  }
}

async function readQuestion(name: string, given: Question<unknown> | undefined): Promise<WaitQuestion> {
  const { title, details = null, schema, to = [] } = given ?? ({} as Partial<Question<unknown>>);
  if (typeof title !== "string" || title.trim() === "") throw wrongUse(name, "a question needs a title");
  const standard = (schema as Partial<Schema> | undefined)?.["~standard"];
  if (schema === undefined || typeof standard?.validate !== "function") {
    throw wrongUse(name, "a question needs a Standard Schema of its answer (zod, valibot, arktype)");
  }
  for (const one of to) {
    if (!/^(role:(viewer|operator|admin)|user:.+)$/s.test(one)) {
      throw wrongUse(name, `to: "role:viewer", "role:operator", "role:admin" or "user:<id>" is expected, not "${one}"`);
    }
  }
  const ref =
    details === null || typeof details === "string"
      ? details
      : { stage: details.stage, attempt: details.attempt, name: details.name };
  return { title, details: ref, schema: await describe(schema as never, "input"), to: [...to] };
}

function readTimeout(name: string, timeoutMs: number | undefined): WaitDue | null {
  const problem = findDurationProblem({ timeoutMs });
  if (problem !== null) throw wrongUse(name, problem);
  return timeoutMs === undefined ? null : { kind: "after", ms: timeoutMs };
}

const wrongUse = (name: string, problem: string) => new WrongUseError({ problem: `Wait ${name}: ${problem}.` });

/** @throws {WrongUseError} WRONG_USE — for what is neither a duration nor an instant within ten years. */
export function readDue(name: string, how: SleepHow, nowMs: number): WaitDue {
  if (typeof how !== "object" || how === null) {
    const ms = readDurationMs(how);
    if (ms !== null) return { kind: "after", ms };
    const problem = `Sleep ${name}: ${wordDuration()}, or text such as "90s", "15m", "2h" or "3d", is expected; ${String(how)} was given.`;
    throw new WrongUseError({ problem });
  }
  const { until } = how;
  const atMs = until instanceof Date ? until.getTime() : until;
  if (typeof atMs === "number" && Number.isFinite(atMs) && atMs - nowMs <= DURATION_MAX_MS) return { kind: "at", atMs };
  const problem = `Sleep ${name}: until: a valid date, or milliseconds UTC, at most 10 years ahead is expected; ${String(until)} was given.`;
  throw new WrongUseError({ problem });
}
