/** Parts of a result as the page shows them. There is no schema: an output is any JSON, and the page checks it before drawing. */
export type { ResultPart } from "@holdfast/core";
