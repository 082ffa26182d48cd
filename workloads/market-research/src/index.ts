/** The market-research workload: the workflow and its input. */
export * from "./errors.js";
export { type MarketResearchInput, marketResearchInput } from "./input.js";
export type { DeliveryOutput } from "./stages/delivery-stages.js";
export { type MarketResearchOptions, marketResearch, STAGES } from "./workflow.js";
