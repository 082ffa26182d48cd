/** Reading of stored JSON. Damage is reported as a damaged store, not as a parser error. */
import { StoreCorruptError } from "./errors/store.js";

/**
 * Returns the value of a recorded text. `place` names the record for people: "run r-7: its policy".
 * @throws {StoreCorruptError} STORE_CORRUPT if the text is not JSON, which means that the store was damaged or edited.
 */
export function parseStored<T = unknown>(json: string, place: string): T {
  try {
    return JSON.parse(json) as T;
  } catch (cause) {
    throw new StoreCorruptError({ location: place, problem: "the record is damaged: it is not JSON" }, { cause });
  }
}
