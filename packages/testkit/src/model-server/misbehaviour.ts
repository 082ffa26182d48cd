// How each fault appears to a client: the refusals of unpaid faults, and what a paid fault does to the model's text.
import type { FaultName } from "./faults.js";
import { errorBody } from "./wire.js";

const CHARS_PER_TOKEN = 4; // the server's own measure: simple, and the same for every request

export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

export function refuse(
  api: "chat" | "messages",
  fault: FaultName,
  retryAfterMs: number,
  fraction: number,
): { status: number; body: object; headers: Record<string, string> } {
  switch (fault) {
    case "auth401":
      return {
        status: 401,
        body: errorBody(api, "authentication_error", "invalid_api_key", "Incorrect API key."),
        headers: {},
      };
    case "quota":
      return {
        status: 429,
        body: errorBody(api, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
        headers: {},
      };
    case "rate429":
      return {
        status: 429,
        body: errorBody(api, "rate_limit_error", "rate_limit_exceeded", "Rate limit reached."),
        headers: { "retry-after": String(Math.ceil(retryAfterMs / 1000)), "retry-after-ms": String(retryAfterMs) },
      };
    case "contextLength":
      return {
        status: 400,
        body: errorBody(
          api,
          "invalid_request_error",
          "context_length_exceeded",
          "The prompt is too long: maximum context length exceeded.",
        ),
        headers: {},
      };
    default:
      return {
        status: fraction < 0.5 ? 500 : 503,
        body: errorBody(api, "server_error", "server_error", "The server had an error."),
        headers: {},
      };
  }
}

/** Applies a fault to the model's text. */
export function spoil(json: string, fault: FaultName | null, maxTokens: number | null): string {
  switch (fault) {
    case "truncatedJson":
      return json.slice(0, Math.max(1, Math.floor(json.length / 2)));
    case "lengthFinish":
      return json.slice(
        0,
        Math.max(1, Math.min(Math.floor(json.length / 2), (maxTokens ?? json.length) * CHARS_PER_TOKEN)),
      );
    case "fencedJson":
      return `Here is the answer:\n\n\`\`\`json\n${json}\n\`\`\`\nLet me know if you need more.`;
    case "invalidSchema":
      return JSON.stringify({ unexpected: "value", note: "not what was asked for" });
    case "emptyContent":
      return "";
    case "refusal":
      return "I can't help with that.";
    default:
      return json;
  }
}
