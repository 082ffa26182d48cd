// Prices that are part of the repository, for a first run: real, with gaps, and with a close below zero.
import { fileURLToPath } from "node:url";

/** By name of the file in `examples/prices`. */
export const SAMPLES = ["wti-daily", "brent-daily"] as const;
export type SampleName = (typeof SAMPLES)[number];

export const sampleFile = (name: SampleName): string =>
  fileURLToPath(new URL(`../../../../../examples/prices/${name}.csv`, import.meta.url));
