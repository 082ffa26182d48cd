/** Parts of a result as the page shows them. No schema: an output is any JSON, and whoever shows it looks before it draws. */
export type { ResultPart } from "@holdfast/core";
