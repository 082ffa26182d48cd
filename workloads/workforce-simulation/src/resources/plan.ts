// How much of the machine a simulation may use: memory, threads and connections, and whether it fits at all. Pure;
// `machine.ts` measures the machine.
export interface Machine {
  readonly cores: number;
  /** Memory of the machine, or of the control group that limits it. */
  readonly memoryBytes: number;
  readonly freeDiskBytes: number;
}

export interface ResourceWish {
  readonly employees: number;
  readonly years: number;
  readonly growth: number;
  /** Concurrent models; null: derived from the machine. */
  readonly threads: number | null;
  readonly memoryLimitMb: number | null;
}

export interface ResourcePlan {
  /** Concurrent models. */
  readonly connectionCount: number;
  /** DuckDB's own threads within a statement. */
  readonly threads: number;
  /** Limit of DuckDB's buffers. The process that has the database stays below the allowed total: see `besidesBuffers`. */
  readonly memoryLimitBytes: number;
  /** Maximum spilled to disk. */
  readonly spillLimitBytes: number;
}

export type Planned =
  | { readonly ok: true; readonly plan: ResourcePlan }
  /** The memory does not suffice. */
  | { readonly ok: false; readonly neededBytes: number; readonly foundBytes: number };

const MB = 1_000_000;
/** Below this many people, a statement has too few rows for a second thread to pay off: measured break-even near 20,000. */
const THREADS_FROM_EMPLOYEES = 20_000;
/** With more than four connections, a year has no further models ready. */
const CONNECTIONS_DEFAULT_MAX = 4;
/** Minimum on the smallest machine: refusing a simulation that fits into less would be pointless. */
const ALLOWED_MIN_BYTES = 500 * MB;
/** Left for the run's own process and the rest of the machine. */
const LEFT_ALONE_BYTES = 1_000 * MB;
/** Work tables of a year and the ledger of all years, resident: measured below 1.5 kB per person, and it can spill. */
const BYTES_PER_PERSON = 600;
const BASE_BYTES = 100 * MB;
/** Node with DuckDB loaded and idle, plus DuckDB's allocations other than buffers: measured near 200 MB. */
const PROCESS_BYTES = 200 * MB;
/** The census as Node objects, while it is written. */
const CENSUS_BYTES_PER_PERSON = 400;
/** Memory that freed buffers leave in the allocator, as a share of the limit. */
const ALLOCATOR_SHARE = 0.08;
/**
 * Facts of one person and year in the file, compressed. A lower bound: the required space is the minimum without which
 * the run cannot end. A run that would fit must not be refused, since each resume would refuse it again. A run that
 * fills the disk after all pauses then, with its years kept.
 */
const FILE_BYTES_PER_PERSON_YEAR = 60;
/** Tables, log and report page of the smallest run. */
const FILE_BASE_BYTES = 2 * MB;
/** The first statement that spills reports a full disk, so no limit of zero is set. */
const SPILL_MIN_BYTES = 10 * MB;

export function planResources(machine: Machine, wish: ResourceWish): Planned {
  const { employees, years, growth } = wish;
  const people = employees * Math.max(1, (1 + growth) ** Math.max(0, years - 1));
  const allowed = Math.max(
    ALLOWED_MIN_BYTES,
    Math.min(0.6 * machine.memoryBytes, machine.memoryBytes - LEFT_ALONE_BYTES),
  );
  const allowedBytes = wish.memoryLimitMb === null ? allowed : wish.memoryLimitMb * MB;
  const memoryLimitBytes = allowedBytes * (1 - ALLOCATOR_SHARE) - besidesBuffers(employees);
  const neededBuffers = BASE_BYTES + people * BYTES_PER_PERSON;
  if (memoryLimitBytes < neededBuffers) {
    const neededBytes = (neededBuffers + besidesBuffers(employees)) / (1 - ALLOCATOR_SHARE);
    return { ok: false, neededBytes, foundBytes: allowedBytes };
  }
  return {
    ok: true,
    plan: {
      connectionCount: wish.threads ?? Math.min(CONNECTIONS_DEFAULT_MAX, machine.cores),
      threads: employees >= THREADS_FROM_EMPLOYEES ? machine.cores : 1,
      memoryLimitBytes: Math.floor(memoryLimitBytes),
      spillLimitBytes: Math.floor(Math.min(100_000 * MB, Math.max(SPILL_MIN_BYTES, machine.freeDiskBytes))),
    },
  };
}

/** Returns the space without which the missing years cannot be written, with each year's headcount after growth. */
export function neededDiskBytes({
  employees,
  years,
  yearsLeft,
  growth,
}: Pick<ResourceWish, "employees" | "years" | "growth"> & { readonly yearsLeft: number }): number {
  let personYears = 0;
  for (let place = years - yearsLeft; place < years; place++) personYears += employees * (1 + growth) ** place;
  return (yearsLeft === years ? FILE_BASE_BYTES : 0) + personYears * FILE_BYTES_PER_PERSON_YEAR;
}

/**
 * DuckDB's own limit counts only its buffers. Other memory of its process is subtracted first, so that a person or a
 * control group that states a total need not know about it.
 */
function besidesBuffers(employees: number): number {
  return PROCESS_BYTES + employees * CENSUS_BYTES_PER_PERSON;
}
