/** What reading the sources may take. Files come from others: one of them must not stop the process that runs the workflow. */
import type { GuardLimits } from "../guarded/guarded-process.js";

/**
 * For each file, and for the search over all of them.
 *
 * 512 MB: a PDF of 25 MB, the largest file that is taken, needs some 300. Two minutes: it needs some twenty seconds, and
 * a busy machine is several times as slow.
 */
export const SOURCE_LIMITS: GuardLimits = { memoryMbMax: 512, timeMsMax: 120_000 };

/** Elements within each other. Browsers build no deeper tree than this, so no page that people read has one. */
export const HTML_DEPTH_MAX = 512;
