// Responses with a success status and an error in the body. Gateways and proxies send them, and an adapter would report
// a malformed answer. Pure: takes a body, returns the equivalent status and the provider's message.

export interface ErrorBody {
  /** Equivalent HTTP status, 400 or above. */
  readonly status: number;
  /** The provider's own message. */
  readonly message: string;
  /** The whole error as JSON: its type and codes say more than the message. */
  readonly words: string;
}

/** Returns the error that a body holds in place of an answer; null for any other body. */
export function readErrorBody(body: unknown): ErrorBody | null {
  // Google's gateways wrap the body in a list.
  const root = asObject(Array.isArray(body) ? body[0] : body);
  if (root === null) return null;
  const error = findError(root);
  if (error === null) return null;
  const words = JSON.stringify(error);
  const message = readMessage(error) ?? words.slice(0, MESSAGE_MAX);
  return { status: readStatus(error) ?? statusOfWords(words), message, words };
}

/** The same for a body as text; null if it is not JSON. */
export function readErrorText(text: string): ErrorBody | null {
  // Nearly all answers stop here, and are not parsed twice.
  if (!/error|detail/i.test(text)) return null;
  try {
    return readErrorBody(JSON.parse(text));
  } catch {
    return null;
  }
}

const MESSAGE_MAX = 300;
type Json = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): Json | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;

function findError(root: Json): unknown {
  const choice = asObject(Array.isArray(root.choices) ? root.choices[0] : undefined);
  if (choice !== null) {
    // Some gateways report upstream errors within the choice, beside an empty message.
    return isError(choice.error) ? choice.error : isError(root.error) && !hasContent(choice) ? root.error : null;
  }
  if (isError(root.error)) return asObject(root.error) === null ? { ...root, message: root.error } : root.error;
  const [first] = Array.isArray(root.errors) ? root.errors : [];
  if (isError(first)) return first;
  // In vLLM and servers modeled on it, the body itself is the error.
  const isAnswer = "content" in root || "choices" in root;
  if (isAnswer) return null;
  if (root.object === "error" || root.type === "error") return root;
  return typeof root.detail === "string" || readStatus(root) !== null ? root : null;
}

const isError = (value: unknown) => (typeof value === "string" && value !== "") || asObject(value) !== null;

function hasContent(choice: Json): boolean {
  const message = asObject(choice.message);
  return typeof message?.content === "string" && message.content !== "";
}

function readMessage(error: unknown): string | null {
  if (typeof error === "string") return error;
  const { message, msg, detail, error: inner } = asObject(error) ?? {};
  for (const text of [message, msg, detail, inner]) if (typeof text === "string" && text.trim() !== "") return text;
  return null;
}

/** Reads a status from a number or text, under any of its usual names. */
function readStatus(error: unknown): number | null {
  const { code, status, status_code: statusCode, http_code: httpCode, statusCode: camel } = asObject(error) ?? {};
  for (const value of [code, status, statusCode, httpCode, camel]) {
    const number = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= 400 && number <= 599) return number;
  }
  return null;
}

/**
 * Status for errors that give a word but no number. Unknown words count as a server failure: retried, and not the
 * item's fault.
 */
const WORDS: readonly [RegExp, number][] = [
  [/insufficient_quota|billing|credit balance|exceeded your current quota/i, 402],
  [/rate.?limit|too many requests|resource.?exhausted|throttl/i, 429],
  [/invalid.?api.?key|unauthenticated|unauthorized|authentication/i, 401],
  [/permission|forbidden/i, 403],
  [/context.?length|context window|prompt is too long|too many (input )?tokens/i, 400],
  [/content.?filter|content.?policy|responsible ?ai/i, 400],
  [/not.?found|does not exist|no such model/i, 404],
  [/invalid.?request|bad.?request|invalid.?argument/i, 400],
  [/overloaded|unavailable/i, 503],
  [/time.?out|timed out|deadline/i, 504],
];

function statusOfWords(words: string): number {
  return WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? 500;
}
