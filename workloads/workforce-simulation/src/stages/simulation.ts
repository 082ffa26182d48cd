// What the stages of a run share: its file, the request that opens it, and how trouble with it ends a stage.
import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ResourceHeldError, type StageContext, StoreFullError, type Verdict, WrongUseError } from "holdfast";
import { plural } from "holdfast/extend";
import { assumptionsOf, type SimulationInput } from "../input.js";
import type { SimulationProcess } from "../process/client.js";
import { toError } from "../process/errors.js";
import { type HostRequest, withProcess } from "../process/host.js";
import { readMachine } from "../resources/machine.js";
import { planResources, type ResourcePlan } from "../resources/plan.js";

export interface Simulation {
  readonly runId: string;
  readonly input: SimulationInput;
  /** The DuckDB file. */
  readonly file: string;
  readonly modelsHash: string;
  readonly cacheFolder: string;
  /** Where the pointer to the newest result lies. */
  readonly pointerFolder: string;
}

/** The file of a run: the one asked for, else its own. */
export function fileOf(input: SimulationInput, folder: string | null): string {
  if (input.db !== null) return input.db;
  if (folder === null) {
    throw new WrongUseError({ problem: "Runs keep no files here, so the results need a file: give --db." });
  }
  return join(folder, "sim.duckdb");
}

/** One name for one file, whatever links lead to it. */
export function resourceOf(file: string): string {
  try {
    return `duckdb:${realpathSync(file)}`;
  } catch {
    // Not there yet; its folder may be.
  }
  try {
    return `duckdb:${join(realpathSync(dirname(file)), basename(file))}`;
  } catch {
    return `duckdb:${file}`;
  }
}

/** @throws {HoldfastError} wrong use, or trouble with the file, with what to do. */
export async function useDatabase<T>(
  of: Simulation,
  start: HostRequest["start"],
  { signal, log, progress }: Pick<StageContext, "signal" | "log" | "progress">,
  use: (process: SimulationProcess) => Promise<T>,
): Promise<T> {
  const { input } = of;
  const firstYear = input.years[0] as number;
  const open: HostRequest["open"] = {
    file: of.file,
    identity: {
      runId: of.runId,
      scenario: {
        firstYear,
        seed: input.seed,
        isStochastic: input.stochastic,
        assumptions: assumptionsOf(input),
      },
      modelsHash: of.modelsHash,
    },
    years: input.years,
    overlay: input.models,
    resources: await planOf(of),
    isSequential: input.forceSequential,
    isAdapting: input.threads === "auto",
    cache: input.cache ? { folder: of.cacheFolder, limitBytes: input.cacheLimitMb * 1_000_000 } : null,
  };
  let hasToldWaiting = false;
  const request = {
    open,
    start,
    isWaiting: input.wait,
    signal,
    onWaiting: (text: string) => {
      if (!hasToldWaiting) log(text);
      hasToldWaiting = true;
      progress(0, undefined, text);
    },
  };
  try {
    return await withProcess(request, (process) => {
      process.listener ??= { onNotice: (notice) => log(notice), onProgress: () => undefined };
      return use(process);
    });
  } catch (thrown) {
    throw await toError(thrown, of.runId);
  }
}

async function planOf({ input, file }: Simulation): Promise<ResourcePlan> {
  const machine = await readMachine(file);
  const employees = input.employees ?? 10_000; // a census file's rows are not counted before it is read
  const planned = planResources(machine, {
    employees,
    years: input.years.length,
    growth: input.growth.headcount,
    threads: typeof input.threads === "number" ? input.threads : null,
    memoryLimitMb: input.memoryLimitMb,
  });
  if (planned.ok) return planned.plan;
  const { lacks, neededBytes, foundBytes } = planned;
  const mb = (bytes: number) => `${Math.ceil(bytes / 1e6).toLocaleString("en-US")} MB`;
  if (lacks === "disk") {
    const problem = `${mb(foundBytes)} are free, ${mb(neededBytes)} are needed for ${plural(employees, "person", "people")} and ${plural(input.years.length, "year")}`;
    throw new StoreFullError({ location: file, problem });
  }
  throw new WrongUseError({
    problem: `${plural(employees, "person needs", "people need")} at least ${mb(neededBytes)} of memory, ${mb(foundBytes)} are allowed: raise --memory-limit-mb, use a larger machine, or simulate fewer people.`,
  });
}

/** A file that another holds is the outside's matter: the run waits for a person, and says who holds it. */
export function judgeTrouble(thrown: unknown): Verdict | undefined {
  return thrown instanceof ResourceHeldError ? { then: "pause", category: "resource held" } : undefined;
}
