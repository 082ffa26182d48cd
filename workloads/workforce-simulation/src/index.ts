// Public surface of the workforce simulation.
export { type WriteCensusOptions, writeCensus } from "./census/write.js";
export { compareSimulations } from "./compare/compare.js";
export { type SimulationInput, simulationInput } from "./input.js";
export { STAGES, workforceSimulation } from "./workflow.js";
