/**
 * JSON text as a parser takes it and the engine must not. A key that stands twice means one value to its author and another to
 * us; a document nested thousands deep ends every function that walks it.
 */

/** Deeper than any form or file of settings; functions that walk a document overflow the stack at some thousands. */
export const JSON_TEXT_DEPTH_MAX = 100;

/** A string, or one of the signs that open, close or divide; what lies between is of no interest here. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]/gs;

/** What is wrong, and where. */
export interface JsonTextProblem {
  /** Keys and indexes from the outside in; of what is nested too deeply its beginning. */
  readonly path: readonly (string | number)[];
  /** Without a subject and a full stop. */
  readonly message: string;
  /** In characters from the beginning of the text. */
  readonly offset: number;
}

/**
 * Looks through JSON that a parser has read already, in one pass.
 * @returns the first key that stands twice or place that is nested too deeply; null when there is none.
 */
export function findJsonTextProblem(text: string): JsonTextProblem | null {
  /** For each container that is open: the keys of an object so far, null for a list. */
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
        // In JSON a colon stands behind a key and nowhere else.
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
