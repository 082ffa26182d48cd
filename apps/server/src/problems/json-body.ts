/**
 * JSON of a request: what a parser takes and the engine must not. A key that stands twice means one value to the sender and
 * another to us; a document nested thousands deep ends every function that walks it.
 */
import { BadInputError } from "@holdfast/core";

/** Deeper than any form. */
const DEPTH_MAX = 100;

/** A string, or one of the signs that open, close or divide; what lies between is of no interest here. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]/gs;

/**
 * @param text JSON that a parser has read already.
 * @throws {BadInputError} BAD_INPUT — naming the place.
 */
export function checkJson(text: string): void {
  /** For each container that is open: the keys of an object so far, null for a list. */
  const open: (Set<string> | null)[] = [];
  const path: (string | number)[] = [];
  let lastString = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const keys = open.at(-1);
    switch (token) {
      case "{":
      case "[":
        open.push(token === "{" ? new Set() : null);
        path.push(token === "{" ? "" : 0);
        if (open.length > DEPTH_MAX) refuse(path.slice(0, 5), `is nested deeper than ${DEPTH_MAX}`);
        break;
      case "}":
      case "]":
        open.pop();
        path.pop();
        break;
      case ",":
        if (keys === null) path[path.length - 1] = Number(path.at(-1)) + 1;
        break;
      case ":": {
        // In JSON a colon stands behind a key and nowhere else.
        const key = JSON.parse(lastString) as string;
        path[path.length - 1] = key;
        if (keys?.has(key)) refuse(path, "stands there twice");
        keys?.add(key);
        break;
      }
      default:
        lastString = token;
    }
  }
}

function refuse(path: readonly (string | number)[], message: string): never {
  const place = path.map((part) => String(part).slice(0, 200)).join(".");
  throw new BadInputError({ subject: "the body", issues: [{ path: place, message }] });
}
