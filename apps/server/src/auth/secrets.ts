/** Compares and hashes secrets, in constant time. */
import { createHash, timingSafeEqual } from "node:crypto";

export const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Hashes are compared, so that not even the length of the expected text shows. */
export const isSameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(sha256(given), sha256(expected));
