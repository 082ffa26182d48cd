/** The engine: runs workflows durably over any Holdfast store. */
export * from "./context.js";
export * from "./facade.js";
export * from "./interrupted.js";
export type * from "./json-types.js";
export * from "./refs.js";
export * from "./workflow.js";
