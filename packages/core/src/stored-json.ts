/** Reading JSON that a store holds: damage is told as damage, never in the words of a parser. */
import { StoreCorruptError } from "./errors/store.js";

/**
 * The value of a recorded text. `place` names the record for people: "run r-7: its policy".
 * @throws {StoreCorruptError} STORE_CORRUPT — the text is not JSON, so the file under the store was damaged or edited.
 */
export function parseStored<T = unknown>(json: string, place: string): T {
  try {
    return JSON.parse(json) as T;
  } catch (cause) {
    throw new StoreCorruptError({ location: place, problem: "the record is damaged: it is not JSON" }, { cause });
  }
}
