// Messages between a run and the process that has its database open: requests, answered in any order, and notices.
// Everything is plain data, including failures.
import type { CensusRow } from "../census/row.js";
import type { Failure } from "../database/failure.js";
import type { YearRecord } from "../executor/commit.js";
import type { RunIdentity } from "../executor/identity.js";
import type { PerformanceReport } from "../executor/performance.js";
import type { ResourcePlan } from "../resources/plan.js";

export interface OpenRequest {
  readonly file: string;
  readonly identity: Omit<RunIdentity, "censusDigest" | "censusCount">;
  readonly years: readonly number[];
  /** Folder of models that replace or add to the workload's own. */
  readonly overlay: string | null;
  readonly resources: ResourcePlan;
  readonly isSequential: boolean;
  readonly isAdapting: boolean;
  readonly cache: { readonly folder: string; readonly limitBytes: number } | null;
  /** People to set the file up with; `sent` refers to those sent before with `addPeople`. */
  readonly people: People | null;
}

export interface ExportRequest {
  readonly table: string;
  readonly format: "csv" | "parquet";
  readonly path: string;
}

/** Generated there, or sent. */
export type People =
  | { readonly kind: "generated"; readonly employees: number; readonly seed: number }
  | { readonly kind: "sent" };

/** Requests with their arguments and answers. */
export interface Requests {
  /** The tables of a database file that is not open here. */
  look: (file: string) => readonly string[];
  open: (request: OpenRequest) => { readonly engine: string };
  addPeople: (rows: readonly CensusRow[]) => null;
  setUp: () => { readonly censusDigest: string; readonly people: number; readonly keptYears: number };
  begin: (censusDigest: string) => null;
  stored: (year: number) => YearRecord | null;
  compute: (year: number) => null;
  commit: (year: number) => YearRecord;
  years: () => readonly YearRecord[];
  rows: (sql: string) => readonly Readonly<Record<string, unknown>>[];
  exportTable: (request: ExportRequest) => null;
  report: () => PerformanceReport;
  interrupt: () => null;
  /** The simulation is finished. With a cache, its results are kept for later runs with the same inputs. */
  finish: () => null;
  close: () => null;
}

export type RequestName = keyof Requests;
export type ArgumentOf<R extends RequestName> = Parameters<Requests[R]>[0];
export type AnswerOf<R extends RequestName> = ReturnType<Requests[R]>;

export interface ToProcess {
  readonly id: number;
  readonly name: RequestName;
  readonly argument: unknown;
}

export type FromProcess =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly notice: string }
  | { readonly year: number; readonly done: number; readonly total: number };
