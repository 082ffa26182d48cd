/** How many seeds a test run plays, and which: by environment, so that a failure can be replayed and a night can play more. */
import { runSeed } from "./run-seed.js";
import type { WorldOptions } from "./world.js";

/** Four files of tests share the seeds: none takes so long that the other core has nothing left to do beside it. */
const SHARD_COUNT = 4;
const DEFAULT_COUNT = 2_000;
/** A night plays a million seeds. */
export const SEEDS_TIMEOUT_MS = 24 * 60 * 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Plays a quarter of the seeds, 0 to 3, one after another. */
export async function playQuarter(
  quarter: number,
  environment: Environment,
  openStore: WorldOptions["openStore"],
): Promise<void> {
  for (const seed of seedsOf(quarter, environment)) await runSeed({ seed, openStore });
}

/** SEED=n plays that one alone; SEEDS=n plays 1 to n; SEEDS_FROM moves the start. */
function seedsOf(quarter: number, environment: Environment): readonly number[] {
  const { SEED, SEEDS, SEEDS_FROM } = environment;
  if (SEED !== undefined) return quarter === 0 ? [Number(SEED)] : [];
  const from = Number(SEEDS_FROM ?? 1);
  return Array.from({ length: Number(SEEDS ?? DEFAULT_COUNT) }, (_, i) => from + i).filter(
    (seed) => seed % SHARD_COUNT === quarter,
  );
}
