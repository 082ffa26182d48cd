// How much of the machine a simulation may take: memory, threads and connections, and whether it fits at all. Pure; what
// the machine has is found out in `machine.ts`.
export interface Machine {
  readonly cores: number;
  /** Of the machine, or of the control group that limits it. */
  readonly memoryBytes: number;
  readonly freeDiskBytes: number;
}

export interface ResourceWish {
  readonly employees: number;
  readonly years: number;
  readonly growth: number;
  /** Models at once; null: from the machine. */
  readonly threads: number | null;
  readonly memoryLimitMb: number | null;
}

export interface ResourcePlan {
  /** Models that run at once. */
  readonly connectionCount: number;
  /** DuckDB's own threads within a statement. */
  readonly threads: number;
  /** Of DuckDB's buffers. The process that has the database stays below what was allowed: see `besidesBuffers`. */
  readonly memoryLimitBytes: number;
  /** How much may be spilled to the disk. */
  readonly spillLimitBytes: number;
}

export type Planned =
  | { readonly ok: true; readonly plan: ResourcePlan }
  /** Of memory. */
  | { readonly ok: false; readonly neededBytes: number; readonly foundBytes: number };

const MB = 1_000_000;
/** Below this many people a statement has too few rows for a second thread to pay: measured break-even near 20,000. */
const THREADS_FROM_EMPLOYEES = 20_000;
/** Beyond four connections a year has no more models ready. */
const CONNECTIONS_DEFAULT_MAX = 4;
/** On the smallest machine: a simulation that fits into less is not worth refusing. */
const ALLOWED_MIN_BYTES = 500 * MB;
/** What the run's own process and the rest of the machine keep. */
const LEFT_ALONE_BYTES = 1_000 * MB;
/** Work tables of a year and the ledger of all years, resident: measured below 1.5 kB a person, and it can spill. */
const BYTES_PER_PERSON = 600;
const BASE_BYTES = 100 * MB;
/** Node with DuckDB loaded and nothing done, and DuckDB's allocations that are no buffers: measured near 200 MB. */
const PROCESS_BYTES = 200 * MB;
/** The census as objects of Node, while it is written. */
const CENSUS_BYTES_PER_PERSON = 400;
/** What freed buffers leave behind in the allocator, as a share of what is allowed. */
const ALLOCATOR_SHARE = 0.08;
/**
 * Facts of one person and year in the file, compressed. A lower bound: what is asked for is room without which the run
 * cannot end. One that fits must not be refused, since it would be refused again at each resume; one that fills the disk
 * after all pauses then, with its years.
 */
const FILE_BYTES_PER_PERSON_YEAR = 60;
/** Tables, log and page of the smallest run. */
const FILE_BASE_BYTES = 2 * MB;
/** A full disk is told as that by the first statement that spills; no limit of zero is set. */
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

/** Room without which the years that are not in the file yet cannot be written; the people of each as growth makes them. */
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
 * DuckDB's own limit counts its buffers alone. What its process holds besides is taken off first, so that a person or a
 * control group that says how much there is need not know of it.
 */
function besidesBuffers(employees: number): number {
  return PROCESS_BYTES + employees * CENSUS_BYTES_PER_PERSON;
}
