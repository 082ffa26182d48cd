/** Shared by several tests: a folder of the example sources, a finished deck. Not part of the package's public surface. */
import { fileURLToPath } from "node:url";
import { listSources } from "@holdfast/workload-kit/sources";
import { findCountry } from "./country/country.js";
import { buildDeck } from "./deck/build-deck.js";
import { type DeckData, planDeck } from "./deck/deck-data.js";
import { makeReadable } from "./deck/readability.js";
import { gatherResearch, type Research } from "./research.js";
import { synthesize } from "./synthesis/synthesis.js";

export const EXAMPLE_SOURCES = fileURLToPath(new URL("../../../examples/sources", import.meta.url));

/** 14 September 2026, 08:00 UTC. */
export const STARTED_AT_MS = Date.UTC(2026, 8, 14, 8);

export async function exampleResearch(
  options: { country?: string; industry?: string; withSources?: boolean } = {},
): Promise<Research> {
  const { country = "Norway", industry = "energy services", withSources = true } = options;
  const found = findCountry(country);
  if (found === null) throw new Error(`Unknown country ${country}`);
  const listing = withSources ? listSources(EXAMPLE_SOURCES) : { files: [], skipped: [], problems: [] };
  return gatherResearch({ country: found, industry, clientContext: "" }, listing);
}

export async function exampleDeck(
  options: Parameters<typeof exampleResearch>[0] = {},
): Promise<{ deck: DeckData; bytes: Uint8Array }> {
  const research = await exampleResearch(options);
  const { deck } = makeReadable(planDeck(synthesize(research), research, STARTED_AT_MS));
  return { deck, bytes: await buildDeck(deck, { startedAtMs: STARTED_AT_MS }) };
}
