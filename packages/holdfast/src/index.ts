/** What a user imports: workflows, opening a Holdfast, the configuration of a project, and the errors. */
export * from "@holdfast/core";
export * from "@holdfast/engine";
export { defineConfig, type HoldfastConfig, type Settings, type Workflows } from "./config.js";
export { type OpenOptions, openHoldfast } from "./open.js";
