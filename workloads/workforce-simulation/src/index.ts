// The public surface of the workforce simulation.
export { type SimulationInput, simulationInput } from "./input.js";
export { STAGES, workforceSimulation } from "./workflow.js";
