/** Schemas of everything sent over HTTP, shared by server, dashboard and command. */
export * from "./act.js";
export * from "./aggregates.js";
export * from "./asks.js";
export * from "./bulk.js";
export * from "./compare.js";
export * from "./management.js";
export * from "./problem.js";
export * from "./query.js";
export * from "./realtime.js";
export * from "./records.js";
export * from "./result-view.js";
export * from "./run.js";
export * from "./scalars.js";
export * from "./schedules.js";
export * from "./storage.js";
export * from "./upload.js";
