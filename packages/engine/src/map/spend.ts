/**
 * What user code says that a paid call reserves, cost and used, checked where it enters. Whatever is wrong is a mistake of the
 * code and not of the item: the next item would pay for the same mistake, so the map fails at once, naming place and cure.
 */
import {
  type Cost,
  costOfCall,
  isTokens,
  isUsd,
  MODEL_NAME_MAX,
  type ModelCost,
  NO_COST,
  peek,
  TOKENS_EXPECTED,
  textOf,
  toNanos,
  USD_EXPECTED,
  WrongUseError,
} from "@holdfast/core";

/** An amount that cannot be meant, or a budget that cannot be kept. */
export class SpendError extends WrongUseError {}

/** Where a call is made, for messages. */
export interface SpendPlace {
  readonly stage: string;
  readonly key: string;
  /** The map has a budget. */
  readonly isLimited: boolean;
}

function refuse({ stage, key }: SpendPlace, problem: string, cause?: unknown): never {
  throw new SpendError({ problem: `Map ${stage}, item ${key}: spend: ${problem}.` }, { cause });
}

/** Nano-dollars to reserve. Null: nobody knows what the call may cost, so no budget can be kept. */
export function readReserve(place: SpendPlace, usd: unknown): number {
  if (usd === null)
    return place.isLimited ? refuseUnknown(place, "what the call may cost is unknown (a reserve of null)") : 0;
  if (isUsd(usd)) return toNanos(usd);
  return refuse(
    place,
    `\`reserveUsd\`: ${USD_EXPECTED} is expected, or null where the price is unknown, not ${worded(usd)}`,
  );
}

/** What a call gave, as far as money goes. `value` and `usage` are the user's own. */
export function readPaid(place: SpendPlace, paid: unknown): Cost {
  if (typeof paid !== "object" || paid === null) {
    return refuse(place, `the call must return { value, usd }, not ${worded(paid)}`);
  }
  const { usd, tokens, usage } = paid as { usd?: unknown; tokens?: unknown; usage?: unknown };
  if (tokens !== undefined && !isTokens(tokens)) {
    return refuse(place, `\`tokens\`: ${TOKENS_EXPECTED} is expected, not ${worded(tokens)}`);
  }
  if (usd === null) {
    if (place.isLimited) return refuseUnknown(place, "what the call cost is unknown (`usd: null`)");
    return costOfCall(null, tokens ?? tokensOf(usage));
  }
  if (isUsd(usd)) return costOfCall(usd);
  return refuse(
    place,
    `the call's \`usd\`: ${USD_EXPECTED} is expected, or null where the price is unknown, not ${worded(usd)}`,
  );
}

/**
 * What a failed call cost, where its error says so in `costUsd`; undefined where it says nothing. Of unknown price (null): with
 * its tokens, or under a budget the most that it can have cost.
 */
export function readFailed(place: SpendPlace, error: unknown, reserved: Cost): Cost | undefined {
  const usd = peek(error, "costUsd");
  if (usd === undefined) return undefined;
  if (usd === null) return place.isLimited ? reserved : costOfCall(null, tokensOf(peek(error, "usage")));
  if (isUsd(usd)) return costOfCall(usd);
  return refuse(
    place,
    `the error's \`costUsd\`: ${USD_EXPECTED} is expected, or null where the price is unknown, not ${worded(usd)}`,
    error,
  );
}

/** The most that a call can have cost that nobody will tell of. */
export function mostOf(reserveUsd: unknown, reservedNanos: number): Cost {
  return reserveUsd === null ? costOfCall(null) : { ...NO_COST, nanos: reservedNanos };
}

function refuseUnknown(place: SpendPlace, what: string): never {
  return refuse(
    place,
    `${what}, so the map's budget cannot be kept. Say what a call costs (0 for a model of your own), or run without a budget`,
  );
}

/** The model of a call with what it cost and used; none where the usage, or the error, names no model. */
export function modelCostOf(told: unknown, cost: Cost): readonly ModelCost[] {
  const usage = peek(told, "usage");
  const model = peek(usage, "model") ?? peek(told, "model");
  if (typeof model !== "string" || model === "") return [];
  const [inputTokens, outputTokens] = [peek(usage, "inputTokens"), peek(usage, "outputTokens")].map((tokens) =>
    isTokens(tokens) ? tokens : 0,
  ) as [number, number];
  return [{ model: model.slice(0, MODEL_NAME_MAX), calls: 1, inputTokens, outputTokens, cost }];
}

/** A usage as the model client has it, or a plain count. What does not fit is the user's own, and counts as none. */
function tokensOf(usage: unknown): number {
  const parts = [peek(usage, "inputTokens"), peek(usage, "outputTokens")].filter(isTokens);
  if (parts.length > 0) return parts.reduce((sum, part) => sum + part);
  return [peek(usage, "totalTokens"), peek(usage, "tokens")].find(isTokens) ?? 0;
}

function worded(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value)}`;
  if (typeof value === "number" || typeof value === "bigint" || value === undefined) return String(value);
  return textOf(value);
}
