/** What the SQL stores share. */
export * from "./causes.js";
export * from "./control.js";
export * from "./cursor.js";
export * from "./decode.js";
export * from "./decode-data.js";
export * from "./decode-management.js";
export * from "./lease-rules.js";
export * from "./live.js";
export * from "./moves.js";
export * from "./output-columns.js";
export * from "./rows.js";
export * from "./run-filter.js";
export * from "./run-list.js";
export * from "./run-query.js";
export * from "./run-row.js";
export * from "./steps.js";
export * from "./suspects.js";
