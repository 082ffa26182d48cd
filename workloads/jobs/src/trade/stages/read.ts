// Stage `read`: checks the file. Its prices are recorded with the run, so that later stages do not depend on the file.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { GiveUpError, type StageContext } from "holdfast";
import type { TradeInput } from "../input/input.js";
import { sampleFile } from "../input/samples.js";
import { type CheckedPrices, checkPrices } from "../prices/check.js";
import { dayText } from "../prices/dates.js";
import { PricesUnusableError } from "../prices/errors.js";
import { sweepOf } from "./sweep.js";

/** The parts of the input that are used before a pair is tried. */
export function readInputs({ prices, sample, dateColumn, priceColumn, ...input }: TradeInput) {
  const { dateFormat, calendar, onBadRow, onSplit } = input;
  const columns = { date: dateColumn ?? null, price: priceColumn ?? null };
  return { file: prices ?? sample, columns, dateFormat, calendar, onBadRow, onSplit };
}

/** Reads the prices. @throws {GiveUpError} GIVE_UP if the file is unusable, or too short for the averages. */
export async function readPrices(stage: StageContext, input: TradeInput): Promise<CheckedPrices> {
  const path = input.prices ?? sampleFile(input.sample);
  const bytes = await readFile(path, { signal: stage.signal });
  const file = basename(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const prices = checkOrGiveUp({ bytes, file, sha256 }, input);
  for (const { text } of prices.findings) stage.log(text);
  const lines = prices.days.map((day, at) => `${dayText(day)},${prices.closes[at]},${prices.rows[at]}\n`);
  await stage.artifact.write("prices.csv", `date,close,row\n${lines.join("")}`);
  return prices;
}

interface PriceFile {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly sha256: string;
}

/** A wrong file stays wrong, so it is not tried again. */
function checkOrGiveUp({ bytes, file, sha256 }: PriceFile, input: TradeInput): CheckedPrices {
  try {
    const prices = { file, sha256, ...checkPrices(bytes, file, input) };
    sweepOf(prices, input);
    return prices;
  } catch (error) {
    if (!(error instanceof PricesUnusableError)) throw error;
    throw new GiveUpError(error.message, { category: "invalid_input", cause: error });
  }
}
