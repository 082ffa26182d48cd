/** The half of a lease that nobody can guess. */
import { randomBytes } from "node:crypto";

/** 96 random bits: two claims never share a nonce, whatever was lost of the tokens before. */
export const newNonce = (): string => randomBytes(12).toString("base64url");
