// The public surface of the jobs: each on its own, and the list of them for a program that offers them all.
export { type JobsOptions, jobs } from "./jobs.js";
export { RECOVERY } from "./recovery.js";
