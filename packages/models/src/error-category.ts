// The categories of failed model calls: the engine's own, so that a workflow reads one list.
import { ERROR_CATEGORIES } from "@holdfast/core";

export const MODEL_ERROR_CATEGORIES = ERROR_CATEGORIES;
export type ModelErrorCategory = (typeof MODEL_ERROR_CATEGORIES)[number];
