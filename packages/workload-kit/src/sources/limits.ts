/** Limits for reading sources. Files come from others, and none of them may stop the process that runs the workflow. */
import type { GuardLimits } from "../guarded/guarded-process.js";

/**
 * Limits for each file, and for the search over all files.
 *
 * 512 MB: a PDF of 25 MB, the largest accepted file, needs some 300. Two minutes: that file needs some twenty seconds,
 * and a busy machine is several times slower.
 */
export const SOURCE_LIMITS: GuardLimits = { memoryMbMax: 512, timeMsMax: 120_000 };

/** Maximum nesting of elements. Browsers build no deeper tree, so no page that people read has one. */
export const HTML_DEPTH_MAX = 512;
