// The workflow: read, sweep, judge, report, each reading what earlier stages recorded. It is a backtest and places no
// orders.
import { defineWorkflow } from "holdfast";
import { RECOVERY } from "../recovery.js";
import { type Pair, tradeInput } from "./input/input.js";
import { reportTrade } from "./report/stage.js";
import { judgeCheckpoint, judgePairs } from "./stages/judge.js";
import { readInputs, readPrices } from "./stages/read.js";
import { sweepConfig, sweepOf, type Tried, tryPair } from "./stages/sweep.js";

/** Pairs are quick, so up to 50 share a commit, which waits at most 250 ms. */
const BATCH = { results: 50, ms: 250 };

/** Sweeps moving averages over daily prices, one item per pair, and judges the best as the best of many. */
export const trade = defineWorkflow({
  name: "trade",
  version: "1",
  input: tradeInput,
  stages: [
    { name: "read", title: "Check the prices", kind: "primary" },
    { name: "sweep", title: "Try every pair", kind: "primary" },
    { name: "judge", title: "Compare the best with chance", kind: "gate" },
    { name: "report", title: "Write the result", kind: "primary" },
  ],
  search: ["prices", "sample"],
  recovery: RECOVERY,
  async run({ input, stage, map }) {
    const prices = await stage("read", { inputs: readInputs(input) }, (context) => readPrices(context, input));
    const sweep = sweepOf(prices, input);
    const config = sweepConfig(prices, input, sweep);
    const results = await map<Pair, Tried, typeof config>(
      "sweep",
      sweep.pairs,
      { key: "key", config, concurrency: 1, batch: BATCH },
      (pair) => tryPair(sweep, pair),
    );
    const judged = { results, draws: input.draws, seed: input.seed };
    const judgement = await stage("judge", { inputs: judged, checkpoint: judgeCheckpoint }, (context) =>
      judgePairs(context, { sweep, input, results }),
    );
    return stage("report", { inputs: { ...judged, prices: prices.sha256 } }, (context) =>
      reportTrade(context, { input, prices, sweep, results, judgement }),
    );
  },
});
