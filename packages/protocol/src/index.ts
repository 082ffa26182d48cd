/** What goes over HTTP, as schemas: the one description that server, dashboard and command share. */
export * from "./act.js";
export * from "./aggregates.js";
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
export * from "./storage.js";
export * from "./upload.js";
