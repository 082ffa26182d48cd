/** `defineWorkflow`: a named function of stages, with its input schema, declared stages and recovery policy. */
import {
  checkScheduleName,
  checkStageName,
  DEFAULTED_FIELDS,
  findPolicyProblem,
  normalizeStages,
  type OptionNames,
  RECOVERY_DEFAULTS,
  type RecoveryPolicy,
  refuseUnknownOptions,
  type ScheduleSpec,
  type StageDeclaration,
  type StageDeclarationInput,
  WrongUseError,
} from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import { checkScheduleOptions, checkSpec, type ScheduleOptions } from "../calendar/spec.js";
import { systemZones } from "../calendar/zone.js";
import type { RunContext } from "./context.js";
import { findDefineSite } from "./define-site.js";
import type { Json } from "./json-types.js";
import { checkSearch } from "./search-fields.js";

/** A pattern as the names that fit it. */
type Expand<N extends string> = N extends `${infer A}*${infer B}` ? `${A}${string}${Expand<B>}` : N;
/** Names that a declaration allows: the name itself, or every name that fits its pattern. */
export type StageName<D> = D extends string
  ? Expand<D>
  : D extends { readonly name: infer N extends string }
    ? Expand<N>
    : never;

/**
 * The policy's fields, each optional; `RECOVERY_DEFAULTS` has the rest. `idleCheckMs` defaults to five minutes, or to an
 * `idleTimeoutMs` shorter than that.
 */
export type RecoveryOptions = {
  readonly [K in Exclude<keyof RecoveryPolicy, "defaulted">]?: RecoveryPolicy[K] | undefined;
};

/** A defined workflow. Opaque to callers; the engine reads `definition`. */
export interface Workflow<Given = unknown, Output = unknown, N extends string = string> {
  /** Name of the workflow: letters, digits, ".", "_" or "-". */
  readonly name: string;
  /** Version it declares; null when it declares none. */
  readonly version: string | null;
  /** Declared stages; null when it declares none. */
  readonly stages: readonly StageDeclaration[] | null;
  /** Recovery policy with all defaults filled in. */
  readonly policy: RecoveryPolicy;
  /** Fields of the input by which its runs are told apart and found. */
  readonly search: readonly string[];
  /** Schedules that a worker of it declares when it starts. */
  readonly schedules: readonly DeclaredSchedule[];
  /** Parts that the engine calls. */
  readonly definition: WorkflowDefinition;
  /** Types of input, output and stage names; never present at run time. */
  readonly "~types"?: { readonly given: Given; readonly output: Output; readonly names: N };
}

/** A workflow whose signals have types: payloads by name. They type `signalRun` of its handles. */
export type Typed<Given = unknown, Output = unknown, N extends string = string, S = unknown> = Workflow<
  Given,
  Output,
  N
> & {
  /** Types of its signals; never present at run time. */
  readonly "~signals"?: S;
};

/** Named things that a run holds whenever it is running, and what happens while another holds one of them. */
export interface Exclusive {
  /** Names of the resources, all held or none. */
  readonly resources: readonly string[];
  /** Default "wait". "refuse": the run pauses with `RESOURCE_HELD`, which names the holder; a resume tries again. */
  readonly whenHeld?: "wait" | "refuse" | undefined;
}

/** A schedule that a workflow declares, checked. */
export interface DeclaredSchedule {
  /** Name of the schedule. */
  readonly name: string;
  /** When and how it ticks, with all defaults filled in. */
  readonly spec: ScheduleSpec;
  /** Input of its runs, as given. */
  readonly input: unknown;
}

/** The erased parts the engine calls. */
export interface WorkflowDefinition {
  /** Standard Schema of the input. */
  readonly input: Schema;
  /** Schemas of its signals, by name. */
  readonly signals: Readonly<Record<string, Schema>>;
  /** Resources held while a run is executed; null for none. */
  readonly exclusive: ((input: unknown) => readonly string[] | Exclusive) | null;
  /** The workflow's function. */
  readonly run: (context: RunContext<unknown, string>) => unknown;
  /** What happens where a run goes on under other code than it was recorded with. Left out: "tell". */
  readonly onCodeChange?: "tell" | "refuse" | undefined;
  /** File that defined it; null or left out where there is none. */
  readonly definedIn?: string | null | undefined;
}

/**
 * Define a workflow: an async function whose stages are each run once and then answered from their record.
 *
 * Between stages the function must be deterministic and free of side effects: after a crash it is called again from the
 * top, and stages answer from their records.
 * @throws {StageNameInvalidError} STAGE_NAME_INVALID — for a declared stage that cannot be a folder's name.
 * @throws {WrongUseError} WRONG_USE — for a missing input schema or function, a stage declared twice, or a recovery policy
 *   that cannot be meant, or a search field that cannot be meant or is a secret.
 * @throws {ScheduleInvalidError} SCHEDULE_INVALID — for a schedule that cannot be meant, or would never tick.
 */
export function defineWorkflow<
  Given,
  Parsed extends Json<Parsed>,
  Output extends Json<Output>,
  const D extends readonly StageDeclarationInput[] = readonly string[],
  S = unknown,
>(definition: {
  readonly name: string;
  /** A resume compares it with the version that created the run. */
  readonly version?: string | undefined;
  readonly input: Schema<Given, Parsed>;
  /** Names and order, for `--through`, progress and the screen; patterns ("year-*") for dynamic names. */
  readonly stages?: D | undefined;
  readonly recovery?: RecoveryOptions | undefined;
  /**
   * Fields of the input by which its runs are told apart and found (`holdfast runs --field country=NO`): texts, numbers, true and
   * false, and lists of them; with dots a field inside a field. At most 8, and never a secret. Default: none.
   */
  readonly search?: readonly string[] | undefined;
  /**
   * Signals that its runs may be sent, with the schemas of their payloads: each is checked where it enters and again where it is
   * taken. Default: none.
   */
  readonly signals?: { readonly [K in keyof S]: Schema<unknown, S[K]> } | undefined;
  /** Named things held whenever the run is running. */
  readonly exclusive?: ((input: NoInfer<Parsed>) => readonly string[] | Exclusive) | undefined;
  /**
   * A run goes on under other code than the code that recorded its results: say so in its history ("tell", the default), or pause it as drift
   * until a person accepts that ("refuse"). Code is the file that calls `defineWorkflow` and what it imports by relative paths.
   */
  readonly onCodeChange?: "tell" | "refuse" | undefined;
  /**
   * Schedules of its runs. Each worker declares them when it starts: the one that started last decides, and what a person has paused,
   * deleted or put is left as it is. A name that no worker declares for ten minutes is retired. Default: none.
   */
  readonly schedules?: readonly (ScheduleOptions<NoInfer<Given>> & { readonly name: string })[] | undefined;
  readonly run: (context: RunContext<NoInfer<Parsed>, StageName<D[number]>, NoInfer<S>>) => Output | Promise<Output>;
}): Typed<Given, Output, StageName<D[number]>, S> {
  checkStageName(definition.name);
  refuseUnknownOptions(`Workflow ${definition.name}`, definition, DEFINITION);
  checkParts(definition.name, definition);
  const stages = definition.stages === undefined ? null : normalizeStages(definition.stages);
  const seen = new Set<string>();
  for (const { name } of stages ?? []) {
    if (seen.has(name.toLowerCase())) {
      throw new WrongUseError({
        problem: `Workflow ${definition.name} declares stage ${name} twice (case does not count).`,
      });
    }
    seen.add(name.toLowerCase());
  }
  const policy = makePolicy(definition.name, definition.recovery ?? {});
  const search = definition.search ?? [];
  checkSearch(definition.name, search, definition.input as Schema);
  const schedules = (definition.schedules ?? []).map(({ name, input, ...options }) => {
    checkScheduleName(name);
    checkScheduleOptions(`Workflow ${definition.name}, schedule ${name}`, options);
    return { name, input: input as unknown, spec: checkSpec(name, options, systemZones) };
  });
  const twice = schedules.find(({ name }, at) => schedules.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) {
    throw new WrongUseError({ problem: `Workflow ${definition.name} declares schedule ${twice.name} twice.` });
  }
  return {
    name: definition.name,
    version: definition.version ?? null,
    stages,
    policy,
    search,
    schedules,
    definition: {
      input: definition.input as Schema,
      signals: checkSignals(definition.name, definition.signals),
      exclusive: (definition.exclusive as WorkflowDefinition["exclusive"] | undefined) ?? null,
      run: definition.run as unknown as WorkflowDefinition["run"],
      onCodeChange: definition.onCodeChange,
      definedIn: findDefineSite(defineWorkflow),
    },
  };
}

const DEFINITION: OptionNames<Parameters<typeof defineWorkflow>[0]> = {
  name: true,
  version: true,
  input: true,
  stages: true,
  recovery: true,
  exclusive: true,
  search: true,
  signals: true,
  onCodeChange: true,
  schedules: true,
  run: true,
};

/**
 * The types say all this; a workflow written in JavaScript, or one that casts, has only this check.
 *
 * @throws {WrongUseError} WRONG_USE
 */
function checkParts(
  name: string,
  { input, run, onCodeChange }: { readonly input: unknown; readonly run: unknown; readonly onCodeChange?: unknown },
): void {
  if (onCodeChange !== undefined && onCodeChange !== "tell" && onCodeChange !== "refuse") {
    throw new WrongUseError({ problem: `Workflow ${name}, onCodeChange: "tell" or "refuse" is expected.` });
  }
  if (typeof run !== "function") {
    throw new WrongUseError({ problem: `Workflow ${name}, run: expected the workflow's function.` });
  }
  if (!isSchema(input)) {
    throw new WrongUseError({
      problem: `Workflow ${name}, input: expected a Standard Schema (zod, valibot, arktype); z.object({}) where there is none.`,
    });
  }
}

/** The schemas of some libraries are functions. */
function isSchema(value: unknown): value is Schema {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && typeof (value as Partial<Schema>)["~standard"]?.validate === "function";
}

/** @throws {WrongUseError} WRONG_USE @throws {StageNameInvalidError} STAGE_NAME_INVALID — names are those of stages, too. */
function checkSignals(workflow: string, signals: object | undefined): WorkflowDefinition["signals"] {
  for (const [name, schema] of Object.entries(signals ?? {})) {
    checkStageName(name);
    if (!isSchema(schema)) {
      const problem = `Workflow ${workflow}, signals.${name}: expected a Standard Schema (zod, valibot, arktype).`;
      throw new WrongUseError({ problem });
    }
  }
  return { ...signals } as WorkflowDefinition["signals"];
}

/** @throws {WrongUseError} WRONG_USE — naming the field of `recovery`. */
function makePolicy(workflow: string, recovery: RecoveryOptions): RecoveryPolicy {
  const given = Object.fromEntries(Object.entries(recovery).filter(([, value]) => value !== undefined));
  const unknown = Object.keys(given).find((field) => !(field in RECOVERY_DEFAULTS));
  const problem = unknown === undefined ? findPolicyProblem(given) : `there is no field ${unknown}`;
  if (problem !== null) throw new WrongUseError({ problem: `Workflow ${workflow}, recovery: ${problem}.` });
  const policy: RecoveryPolicy = { ...RECOVERY_DEFAULTS, ...given };
  // Who waits a minute for progress does not mean to be looked at every five.
  const idleCheckMs = recovery.idleCheckMs ?? Math.min(policy.idleCheckMs, policy.idleTimeoutMs ?? Infinity);
  const defaulted = DEFAULTED_FIELDS.filter((field) => recovery[field] === undefined);
  return { ...policy, idleCheckMs, defaulted };
}
