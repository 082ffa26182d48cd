/** The records of world-countries. The package's typings describe a bundle that Node never loads, hence this file. */
import { createRequire } from "node:module";
import type { Country } from "world-countries";

export const worldCountries = createRequire(import.meta.url)("world-countries") as readonly Country[];
