/**
 * For tests only: `testHoldfast`, crash tests, the virtual clock, fault points, the seeded simulation, and a
 * misbehaving model server.
 */
export type { Duration } from "@holdfast/core";
export { ClockView } from "./clock/clock-view.js";
export { VirtualClock } from "./clock/virtual-clock.js";
export {
  type CrashDifference,
  type CrashPlace,
  type CrashReport,
  type CrashTestOptions,
  crashTest,
  expectSurvivesCrashes,
  type SurvivalOptions,
} from "./crash/crash-test.js";
export {
  STORE_FAULT_KINDS,
  type StoreCall,
  type StoreFault,
  type StoreFaultOptions,
  type StoreMethod,
  withFaults,
} from "./faults/store-faults.js";
export { VirtualProcess } from "./faults/virtual-process.js";
export { type TestHoldfast, type TestHoldfastOptions, testHoldfast } from "./holdfast/test-holdfast.js";
export {
  type AnswerFn,
  answerByReading,
  FAULTS,
  type FaultName,
  type FaultPlan,
  type JournalLine,
  type ModelRequest,
  type ModelServer,
  type ModelServerOptions,
  PAID_FAULTS,
  readJournal,
  startModelServer,
  UNPAID_FAULTS,
} from "./model-server/index.js";
export {
  type ObjectFault,
  type ObjectRequest,
  type ObjectStorage,
  type ObjectStorageOptions,
  startObjectStorage,
} from "./object-storage/index.js";
export { SeededRandom } from "./simulation/random.js";
export { runSeed, type SeedReport, SimulationFailed } from "./simulation/run-seed.js";
export { InvariantBroken } from "./simulation/violation.js";
export { createWorld, World, type WorldOptions } from "./simulation/world.js";
