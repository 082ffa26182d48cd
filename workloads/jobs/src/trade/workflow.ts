// The workflow: read, sweep, judge, report, each from what the ones before recorded. A backtest: it places no orders.
import { defineWorkflow } from "holdfast";
import { RECOVERY } from "../recovery.js";
import { type Pair, tradeInput } from "./input/input.js";
import { reportTrade } from "./report/stage.js";
import { judgeCheckpoint, judgePairs } from "./stages/judge.js";
import { readInputs, readPrices } from "./stages/read.js";
import { sweepConfig, sweepOf, type Tried, tryPair } from "./stages/sweep.js";

/** Pairs are quick: so many are recorded at once, or what there is four times a second. */
const BATCH = { results: 50, ms: 250 };

/** Moving averages swept over daily prices, one item a pair, the best of them judged as the best of many. */
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
