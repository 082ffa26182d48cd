// Shared by the stages of a run: its file, the request that opens it, and how a problem with it ends a stage.
import { realpathSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type StageContext, StoreFullError, WrongUseError } from "holdfast";
import { plural } from "holdfast/extend";
import { assumptionsOf, type SimulationInput } from "../input.js";
import type { SimulationProcess } from "../process/client.js";
import { toError } from "../process/errors.js";
import { type HostRequest, withProcess } from "../process/host.js";
import { readMachine } from "../resources/machine.js";
import { neededDiskBytes, planResources, type ResourcePlan } from "../resources/plan.js";

export interface Simulation {
  readonly runId: string;
  readonly input: SimulationInput;
  /** The DuckDB file. */
  readonly file: string;
  readonly modelsHash: string;
  readonly cacheFolder: string;
  /** Folder of the pointer to the newest result. */
  readonly pointerFolder: string;
}

/** Returns the file of a run: the requested one, else its own. */
export function fileOf(input: SimulationInput, folder: string | null): string {
  if (input.db !== null) return input.db;
  if (folder === null) {
    throw new WrongUseError({ problem: "Runs keep no files here, so the results need a file: give --db." });
  }
  return join(folder, "sim.duckdb");
}

/** Returns one name per file, whatever links lead to it. */
export function resourceOf(file: string): string {
  try {
    return `duckdb:${realpathSync(file)}`;
  } catch {
    // The file does not exist yet, but its folder may.
  }
  try {
    return `duckdb:${join(realpathSync(dirname(file)), basename(file))}`;
  } catch {
    return `duckdb:${file}`;
  }
}

/** Uses the run's database. @throws {HoldfastError} for wrong use or a problem with the file, with advice. */
export async function useDatabase<T>(
  of: Simulation,
  start: HostRequest["start"],
  { signal, log, progress }: Pick<StageContext, "signal" | "log" | "progress">,
  /** On the first 1 January, including inactive people of a census. */
  people: number,
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
    resources: await planOf(of, people),
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

async function planOf({ input, file }: Simulation, people: number): Promise<ResourcePlan> {
  const planned = planResources(await readMachine(file), {
    employees: people,
    years: input.years.length,
    growth: input.growth.headcount,
    threads: typeof input.threads === "number" ? input.threads : null,
    memoryLimitMb: input.memoryLimitMb,
  });
  if (planned.ok) return planned.plan;
  throw new WrongUseError({
    problem: `${plural(people, "person needs", "people need")} at least ${mb(planned.neededBytes)} of memory, ${mb(planned.foundBytes)} are allowed: raise --memory-limit-mb, use a larger machine, or simulate fewer people.`,
  });
}

/**
 * Requires space for the years that are not in the file yet. What the file contains now counts as free if it is to be
 * replaced.
 * @throws {StoreFullError} STORE_FULL with the figures: the run waits for space.
 */
export async function requireRoom(
  { input, file }: Simulation,
  { people, yearsLeft, isReplacing }: { people: number; yearsLeft: number; isReplacing: boolean },
): Promise<void> {
  const { freeDiskBytes } = await readMachine(file);
  const foundBytes = freeDiskBytes + (isReplacing ? await sizeOf(file) : 0);
  const years = input.years.length;
  const neededBytes = neededDiskBytes({ employees: people, years, yearsLeft, growth: input.growth.headcount });
  if (foundBytes >= neededBytes) return;
  const problem = `${mb(foundBytes)} are free, at least ${mb(neededBytes)} are needed for ${plural(people, "person", "people")} and the ${plural(yearsLeft, "year that is", "years that are")} not written yet`;
  throw new StoreFullError({ location: file, problem });
}

const sizeOf = async (file: string) => (await stat(file).catch(() => null))?.size ?? 0;
const mb = (bytes: number) => `${Math.ceil(bytes / 1e6).toLocaleString("en-US")} MB`;
