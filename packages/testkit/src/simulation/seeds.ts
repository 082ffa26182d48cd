/** How many seeds a test run plays, and which: by environment, so that a failure can be replayed and a night can play more. */

/** Two files of tests share the seeds, one for each core. */
export const SHARD_COUNT = 2;
const DEFAULT_COUNT = 2_000;

/** SEED=n plays that one alone; SEEDS=n plays 1 to n; SEEDS_FROM moves the start. */
export function seedsOf(shard: number, environment: Readonly<Record<string, string | undefined>>): readonly number[] {
  const { SEED, SEEDS, SEEDS_FROM } = environment;
  if (SEED !== undefined) return shard === 0 ? [Number(SEED)] : [];
  const from = Number(SEEDS_FROM ?? 1);
  return Array.from({ length: Number(SEEDS ?? DEFAULT_COUNT) }, (_, i) => from + i).filter(
    (seed) => seed % SHARD_COUNT === shard,
  );
}
