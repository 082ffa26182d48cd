/** The records of world-countries. This file exists because the package's types describe a bundle that Node never loads. */
import { createRequire } from "node:module";
import type { Country } from "world-countries";

export const worldCountries = createRequire(import.meta.url)("world-countries") as readonly Country[];
