/** Scenarios whose every crash point is tried: each workflow of the zoo, and a person's requests during some of them. */
import { ZOO_OUTPUTS } from "../simulation/zoo.js";
import type { Scenario } from "./crash-points.js";

/** A crash uses up this one's only recovery or finds nothing recorded; it then ends up paused or failed. */
const IMPATIENT = "impatient";
/** Calls interrupted by crashes stay reserved and may use up its budget; it then pauses. */
const PAID = "paid";

const undisturbed: readonly Scenario[] = Object.keys(ZOO_OUTPUTS).map((workflow) => ({
  name: workflow,
  workflow,
  restsIn: workflow === IMPATIENT || workflow === PAID ? null : "completed",
}));

const steered: readonly Scenario[] = [
  { name: "through the second stage", workflow: "sequential", through: "b", restsIn: "paused" },
  {
    name: "paused and resumed",
    workflow: "checkpoints",
    steps: [
      { atMs: 3_500, act: (world, runId) => world.client.holdfast.runs.pause(runId, "asked by the client") },
      { atMs: 60_000, act: (world, runId) => world.client.holdfast.resume(runId) },
    ],
    restsIn: "completed",
  },
  {
    name: "cancelled under way",
    workflow: "sequential",
    steps: [{ atMs: 3_500, act: (world, runId) => world.client.holdfast.runs.cancel(runId, "asked by the client") }],
    // A cancel that comes after the end is refused.
    restsIn: null,
  },
  {
    name: "restarted after its end",
    workflow: "parallel",
    steps: [{ atMs: 60_000, act: (world, runId) => world.client.holdfast.runs.restart(runId) }],
    restsIn: "completed",
  },
];

export const SCENARIOS: readonly Scenario[] = [...undisturbed, ...steered];
