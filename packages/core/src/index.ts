/** The words and pure rules of Holdfast. No I/O, no Node, no dependencies. */
export * from "./attempt.js";
export * from "./clock.js";
export * from "./dataset.js";
export * from "./error-specs.js";
export * from "./errors.js";
export * from "./event.js";
export * from "./ids.js";
export * from "./item.js";
export * from "./json.js";
export * from "./lease.js";
export * from "./progress.js";
export * from "./recovery.js";
export * from "./retry.js";
export * from "./run.js";
export * from "./run-schema.js";
export * from "./stage.js";
export * from "./store.js";
