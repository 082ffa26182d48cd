/** Plays one seed from start to end: first faults, with safety checked after every move; then no faults, and every run ends. */
import { chooseMove } from "./moves.js";
import { createWorld, type World, type WorldOptions } from "./world.js";

export interface SeedReport {
  readonly seed: number;
  readonly moveCount: number;
  readonly callCount: number;
  readonly effectCount: number;
  readonly virtualMs: number;
  /** Hash over every call, event and effect: equal for equal histories. */
  readonly hash: string;
}

/** The simulation of a seed broke a guarantee. The message has the moves that lead there. */
export class SimulationFailed extends Error {
  override readonly name = "SimulationFailed";
  constructor(
    readonly seed: number,
    readonly moves: readonly string[],
    cause: unknown,
  ) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    const list = moves.map((move, i) => `  ${i + 1}. ${move}`).join("\n");
    super(`seed ${seed}: ${problem}\nafter\n${list}\nReplay it: SEED=${seed} npx vitest run simulation`, { cause });
  }
}

const MOVES_MAX = 45;
/** A backoff or a recovery waits at most a minute, and the longest stage takes one. This is many times their sum. */
const REST_MS = 30 * 60_000;

/** Plays a seed. @throws {SimulationFailed} with the seed and its moves, at the first broken guarantee. */
export async function runSeed(options: WorldOptions & { readonly movesMax?: number | undefined }): Promise<SeedReport> {
  const world = await createWorld(options);
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", onUnhandled);
  const startMs = world.clock.monotonicMs();
  try {
    await live(world, options.movesMax ?? MOVES_MAX, unhandled);
    return {
      seed: options.seed,
      moveCount: world.moves.length,
      virtualMs: world.clock.monotonicMs() - startMs,
      ...world.trace(),
    };
  } catch (error) {
    throw new SimulationFailed(options.seed, world.moves, error);
  } finally {
    await world.close();
    process.off("unhandledRejection", onUnhandled);
  }
}

async function live(world: World, movesMax: number, unhandled: readonly unknown[]): Promise<void> {
  const check = async (scope: "touched" | "all") => {
    await world.assertInvariants(scope);
    if (unhandled.length > 0) throw new Error(`a promise was rejected and nobody looked: ${String(unhandled[0])}`);
  };
  for (let move = 0; move < movesMax; move++) {
    await world.make(chooseMove(world));
    await check("touched");
  }
  await world.stopFaults();
  const restless = await world.runUntilRest({ virtualMsMax: REST_MS });
  if (restless.length > 0) throw new Error(`never came to rest: ${restless.join(", ")}`);
  await check("all");
  await world.assertRestIsExplained();
  await world.finishEverything({ virtualMsMax: REST_MS });
  await check("all");
}
