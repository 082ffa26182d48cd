/** Asks of the store as a whole. */
import { ask } from "../api/client.js";
import type { StorageBody } from "../api/types.js";

export const askStorage = <T>(body: StorageBody): Promise<T> => ask<T>("api/storage", { method: "POST", body });
