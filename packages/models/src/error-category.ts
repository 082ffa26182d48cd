// Categories of failed model calls. They are the engine's own, so that workflows deal with one list.
import { ERROR_CATEGORIES } from "@holdfast/core";

export const MODEL_ERROR_CATEGORIES = ERROR_CATEGORIES;
export type ModelErrorCategory = (typeof MODEL_ERROR_CATEGORIES)[number];
