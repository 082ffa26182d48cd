/** Trouble of the store: which of it passes by itself, and its words as the reason of a paused run. Pure. */
import { HoldfastError, isThrown, peekText, StoreUnreachableError } from "@holdfast/core";

export const isStoreTrouble = (error: unknown): error is HoldfastError =>
  isThrown(error, HoldfastError) && peekText(error, "code")?.startsWith("STORE_") === true;

/**
 * A busy store (another process holds the write lock), a full disk, a server that restarts: nothing was written, and the same write may
 * succeed in a moment. So may one whose answer was lost, but whether it was made is not known.
 */
export const isPassing = (error: unknown): boolean =>
  isStoreTrouble(error) &&
  (error.code === "STORE_BUSY" || error.code === "STORE_FULL" || isAway(error) || isAnswerLost(error));

const isAway = (error: unknown): boolean => isThrown(error, StoreUnreachableError) && error.details.isAway === true;

/**
 * Trouble that stays for as long as this process has the store open: the file was moved away, is damaged, may not be written.
 * A worker ends with it, since every look would only meet it again. A closed store is no trouble: whoever closed it knows.
 */
export const isLasting = (error: unknown): boolean =>
  isStoreTrouble(error) && !error.spec.isRetryable && error.code !== "STORE_CLOSED";

export const isAnswerLost = (error: unknown): boolean =>
  isThrown(error, StoreUnreachableError) && error.details.isAnswerLost === true;

/** A full disk or a busy store may have passed in a minute; one that cannot be written waits for a person. */
const STORE_WAKE_MS = 60_000;
export const wakeAfter = (error: HoldfastError) => (error.spec.isRetryable ? STORE_WAKE_MS : null);
export const wordTrouble = (error: HoldfastError) => error.code.toLowerCase().replace("store_", "store ");
