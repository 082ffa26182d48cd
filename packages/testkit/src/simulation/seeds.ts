/**
 * Which seeds a test run plays. Environment variables select them, so that a failure can be replayed and a night can
 * play more.
 */
import { runSeed } from "./run-seed.js";
import type { WorldOptions } from "./world.js";

/** Two test files share the seeds, one for each core. */
const SHARD_COUNT = 2;
/** Number of seeds in the suite, and in the long form. */
const SHORT_COUNT = 500;
const LONG_COUNT = 20_000;
/** A night plays a million seeds. */
export const SEEDS_TIMEOUT_MS = 24 * 60 * 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Plays half of the seeds (0 or 1), one after another. */
export async function playHalf(
  half: number,
  environment: Environment,
  openStore: WorldOptions["openStore"],
): Promise<void> {
  for (const seed of seedsOf(half, environment)) await runSeed({ seed, openStore });
}

/** SEED=n plays that seed only; SEEDS=n plays 1 to n; SEEDS_FROM moves the start; LONG=1 plays many. */
function seedsOf(half: number, environment: Environment): readonly number[] {
  const { SEED, SEEDS, SEEDS_FROM, LONG } = environment;
  if (SEED !== undefined) return half === 0 ? [Number(SEED)] : [];
  const from = Number(SEEDS_FROM ?? 1);
  return Array.from({ length: Number(SEEDS ?? (LONG === "1" ? LONG_COUNT : SHORT_COUNT)) }, (_, i) => from + i).filter(
    (seed) => seed % SHARD_COUNT === half,
  );
}
