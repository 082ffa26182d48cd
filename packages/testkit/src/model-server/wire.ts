// The two wire formats: OpenAI's chat completions (JSON and server-sent events) and Anthropic's messages (JSON). Parses
// requests and formats answers only; model-server.ts decides the answers.
import type { JsonSchema, ModelRequest } from "./answers.js";

export interface Draft {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly finish: "stop" | "length" | "refusal";
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number } | null;
}

type Parsed = Omit<ModelRequest, "key" | "n"> & {
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly maxTokens: number | null;
  /** Anthropic: name of the tool through which the answer must be given. */
  readonly tool: string | null;
};

/** Parses a request body. @throws {TypeError} if it is not a request of that API. */
export function parseRequest(api: "chat" | "messages", body: unknown): Parsed {
  const given = body as Record<string, unknown> | null;
  if (
    typeof given !== "object" ||
    given === null ||
    typeof given.model !== "string" ||
    !Array.isArray(given.messages)
  ) {
    throw new TypeError("The body needs a string `model` and an array `messages`.");
  }
  const messages = given.messages.map((message: { role?: unknown; content?: unknown }) => ({
    role: String(message.role),
    text: textOf(message.content),
  }));
  const tool = forcedTool(given);
  const schema = requestedSchema(given, tool?.schema ?? null);
  const format = given.response_format as { type?: string } | undefined;
  return {
    api,
    model: given.model,
    system:
      api === "messages"
        ? textOf(given.system)
        : messages
            .filter((m) => m.role === "system")
            .map((m) => m.text)
            .join("\n"),
    prompt: messages.find((message) => message.role === "user")?.text ?? "",
    messages,
    schema,
    wantsJson: schema !== null || format?.type === "json_object",
    stream: given.stream === true,
    includeUsage: (given.stream_options as { include_usage?: boolean } | undefined)?.include_usage === true,
    maxTokens: typeof given.max_tokens === "number" ? given.max_tokens : null,
    tool: tool?.name ?? null,
  };
}

function requestedSchema(given: Record<string, unknown>, toolSchema: JsonSchema | null): JsonSchema | null {
  const chat = given.response_format as { json_schema?: { schema?: JsonSchema } } | undefined;
  const format = given.output_format ?? (given.output_config as { format?: unknown } | undefined)?.format;
  return (
    chat?.json_schema?.schema ??
    (format as { schema?: JsonSchema } | undefined)?.schema ??
    toolSchema ??
    schemaInPrompt(given)
  );
}

/** A client whose endpoint cannot enforce schemas puts the schema into its instructions, where a real model would read it. */
function schemaInPrompt(given: Record<string, unknown>): JsonSchema | null {
  const messages = given.messages as { role?: unknown; content?: unknown }[];
  const told = [
    textOf(given.system),
    ...messages.filter((m) => m.role === "system").map((m) => textOf(m.content)),
  ].join("\n");
  const found = /JSON Schema:\s*(\{.*\})/.exec(told)?.[1];
  if (found === undefined) return null;
  try {
    return JSON.parse(found) as JsonSchema;
  } catch {
    return null;
  }
}

function forcedTool(given: Record<string, unknown>): { name: string; schema: JsonSchema } | null {
  const tools = given.tools as { name: string; input_schema: JsonSchema }[] | undefined;
  const choice = given.tool_choice as { type?: string; name?: string } | undefined;
  if (!Array.isArray(tools) || !choice || choice.type === "auto" || choice.type === "none") return null;
  const tool = tools.find((candidate) => candidate.name === choice.name) ?? tools[0];
  return tool ? { name: tool.name, schema: tool.input_schema } : null;
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("");
}

export function chatBody(draft: Draft): object {
  const refused = draft.finish === "refusal";
  return {
    id: draft.id,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: draft.model,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: refused ? null : draft.text, refusal: refused ? draft.text : null },
        finish_reason: draft.finish === "length" ? "length" : "stop",
      },
    ],
    ...(draft.usage === null ? {} : { usage: chatUsage(draft.usage) }),
  };
}

/** The same answer as server-sent events: pieces of the text, the finish, the usage if requested, [DONE]. */
export function chatEvents(draft: Draft, includeUsage: boolean): string {
  const base = {
    id: draft.id,
    object: "chat.completion.chunk",
    created: Math.floor(Date.now() / 1000),
    model: draft.model,
  };
  const field = draft.finish === "refusal" ? "refusal" : "content";
  const pieces = draft.text.match(/[\s\S]{1,24}/g) ?? [];
  const events: object[] = [
    { ...base, choices: [{ index: 0, delta: { role: "assistant", [field]: "" }, finish_reason: null }] },
    ...pieces.map((piece) => ({ ...base, choices: [{ index: 0, delta: { [field]: piece }, finish_reason: null }] })),
    { ...base, choices: [{ index: 0, delta: {}, finish_reason: draft.finish === "length" ? "length" : "stop" }] },
  ];
  if (includeUsage && draft.usage !== null) events.push({ ...base, choices: [], usage: chatUsage(draft.usage) });
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`;
}

function chatUsage(usage: NonNullable<Draft["usage"]>): object {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

export function messagesBody(draft: Draft, tool: string | null): object {
  const stop = { stop: tool === null ? "end_turn" : "tool_use", length: "max_tokens", refusal: "refusal" }[
    draft.finish
  ];
  return {
    id: draft.id,
    type: "message",
    role: "assistant",
    model: draft.model,
    content: draft.finish === "refusal" ? [] : [messagesContent(draft.text, tool)],
    stop_reason: stop,
    stop_sequence: null,
    // Anthropic always reports usage. Zeros would be wrong without it, so the field is left out.
    ...(draft.usage === null
      ? {}
      : { usage: { input_tokens: draft.usage.promptTokens, output_tokens: draft.usage.completionTokens } }),
  };
}

/** Through a tool, the answer is a parsed object. Text that is not JSON (a fault) can then only be sent as text. */
function messagesContent(text: string, tool: string | null): object {
  if (tool !== null) {
    try {
      return { type: "tool_use", id: "toolu_1", name: tool, input: JSON.parse(text) as unknown };
    } catch {
      return { type: "text", text };
    }
  }
  return { type: "text", text };
}

export function errorBody(api: "chat" | "messages", type: string, code: string, message: string): object {
  return api === "chat" ? { error: { message, type, param: null, code } } : { type: "error", error: { type, message } };
}
