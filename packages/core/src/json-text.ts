/**
 * Problems in JSON text that a parser accepts but the engine must not. A duplicate key has one value for its author and
 * another for the parser. A document nested thousands of levels deep overflows every function that walks it.
 */

/** Deeper than any form or settings file. Functions that walk a document overflow the stack at some thousands of levels. */
export const JSON_TEXT_DEPTH_MAX = 100;

/** A string, or one of the characters that open, close or separate. The rest of the text is skipped. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]/gs;

/** A problem and its place. */
export interface JsonTextProblem {
  /** Keys and indexes from the outside in; only the beginning if the nesting is too deep. */
  readonly path: readonly (string | number)[];
  /** Message without subject and final period. */
  readonly message: string;
  /** Position in the text, in characters. */
  readonly offset: number;
}

/**
 * Scans JSON text that a parser has already accepted, in one pass.
 * @returns the first duplicate key or excessive nesting; null if there is none.
 */
export function findJsonTextProblem(text: string): JsonTextProblem | null {
  /** One entry per open container: the keys so far of an object, null for a list. */
  const open: (Set<string> | null)[] = [];
  const path: (string | number)[] = [];
  let lastString = "";
  for (const { 0: token, index: offset } of text.matchAll(TOKEN)) {
    const keys = open.at(-1);
    switch (token) {
      case "{":
      case "[":
        open.push(token === "{" ? new Set() : null);
        path.push(token === "{" ? "" : 0);
        if (open.length > JSON_TEXT_DEPTH_MAX) {
          return { path: path.slice(0, 5), message: `is nested deeper than ${JSON_TEXT_DEPTH_MAX}`, offset };
        }
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
        // In JSON, a colon follows a key and nothing else.
        const key = JSON.parse(lastString) as string;
        path[path.length - 1] = key;
        if (keys?.has(key)) return { path, message: "stands there twice", offset };
        keys?.add(key);
        break;
      }
      default:
        lastString = token;
    }
  }
  return null;
}
