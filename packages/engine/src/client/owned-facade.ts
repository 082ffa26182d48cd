/** One owner's runs, for programs that show runs to their users. Types only. */
import type { ArtifactRecord } from "@holdfast/core";
import type { ActOptions } from "../manage/facade.js";
import type { Typed } from "../workflow/define-workflow.js";
import type { RunHandle, StartOptions } from "./handle-facade.js";
import type { AnswerOptions, QuestionListQuery, QuestionView, SignalOptions } from "./outside-facade.js";
import type { ResumeOptions } from "./resume-facade.js";
import type { Runs } from "./run-facade.js";
import type { RunListQuery, RunView } from "./view-facade.js";

/**
 * A run as its owner may see it: without lease, host and process id. Recorded errors have no stacks, since those name files
 * of the machine.
 */
export type PublicRun = Omit<RunView, "lease" | "wish" | "owner">;

/** Options of a start in an owner's name: the owner is given already. */
export type OwnedStartOptions<N extends string = string> = Omit<StartOptions<N>, "owner">;

/** Handle of an owner's run. Its events name no worker, host or process. */
export type OwnedRunHandle<Output = unknown, S = unknown> = Omit<RunHandle<Output, S>, "status"> & {
  /** Reads the run with its stages. @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly status: () => Promise<PublicRun>;
};

/** `holdfast.runs` for one owner. */
export interface OwnedRuns extends Pick<Runs, "pause" | "cancel" | "delete" | "output"> {
  /** Reads one run with its stages and output. @throws {RunNotFoundError} RUN_NOT_FOUND — also for another owner's run. */
  readonly get: (runId: string) => Promise<PublicRun>;
  /** Lists a page of the owner's runs, newest first; `next` is the cursor of the page that follows, null for the last one. */
  readonly list: (
    query?: Omit<RunListQuery, "owner">,
  ) => Promise<{ asOf: number; rows: readonly PublicRun[]; next: string | null }>;
  /** Completes a unique start of an id of the owner's runs, or "@last". @throws {AmbiguousRunIdError} {RunNotFoundError} */
  readonly find: (idOrPrefix: string) => Promise<string>;
  /** Starts a run again from its first stage; the id stays. */
  readonly restart: (
    runId: string,
    options?: ActOptions & { readonly set?: Record<string, unknown> | undefined },
  ) => Promise<OwnedRunHandle>;
  /** Makes a new run of the same owner that keeps the stages before `from`. */
  readonly fork: (runId: string, options: Parameters<Runs["fork"]>[1]) => Promise<OwnedRunHandle>;
  /** Files that a run's attempts wrote, without their paths: `handle.items` and a file server of your own show them. */
  readonly artifacts: (runId: string, stage?: string) => Promise<readonly ArtifactRecord[]>;
}

/**
 * One owner's runs and nothing else: runs of others are answered like runs that do not exist (RUN_NOT_FOUND). It decides who
 * owns what, not who may ask: give it the id of a user whom your program has authenticated.
 */
export interface OwnedHoldfast {
  /** Whose runs these are. */
  readonly owner: string;
  /** Inspecting the owner's runs and acting on them. */
  readonly runs: OwnedRuns;
  /** Starts a run of the owner's. @throws {BadInputError} BAD_INPUT @throws {RunIdTakenError} RUN_ID_TAKEN */
  start<G, O, N extends string, S = unknown>(
    workflow: Typed<G, O, N, S>,
    input: NoInfer<G>,
    options?: OwnedStartOptions<NoInfer<N>>,
  ): Promise<OwnedRunHandle<O, S>>;
  /** Starts a run of the workflow of this name, with an input of unknown shape. @throws as `holdfast.startByName`. */
  startByName(workflow: string, input: unknown, options?: OwnedStartOptions): Promise<OwnedRunHandle>;
  /** Handle of one of the owner's runs. @throws {RunNotFoundError} RUN_NOT_FOUND @throws {WrongUseError} WRONG_USE */
  handle<O = unknown, S = unknown>(
    runId: string,
    workflow?: Typed<unknown, O, string, S>,
  ): Promise<OwnedRunHandle<O, S>>;
  /** Sends a signal to one of the owner's runs. @throws as `holdfast.sendSignal`. */
  sendSignal(runId: string, name: string, payload: unknown, options?: SignalOptions): Promise<"consumed" | "kept">;
  /** Answers an open question of one of the owner's runs. @throws as `holdfast.answer`. */
  answer(runId: string, question: string, value: unknown, options?: AnswerOptions): Promise<void>;
  /** Lists the open questions of the owner's runs, oldest first. */
  asks(query?: Omit<QuestionListQuery, "owner">): Promise<readonly QuestionView[]>;
  /** Queues one of the owner's runs again. @throws as `holdfast.resume`. */
  resume<O = unknown>(runId: string, how?: ResumeOptions<O>): Promise<OwnedRunHandle<O>>;
}
