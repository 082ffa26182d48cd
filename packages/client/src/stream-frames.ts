/** Frames of a text/event-stream. Reading it with fetch, not with EventSource, lets a token travel in a header. */
export interface StreamFrame {
  readonly id: string | null;
  /** Empty for comments, which show that the stream is alive. */
  readonly event: string;
  readonly data: string;
}

export async function* readStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamFrame> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        yield frameOf(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  } finally {
    // Also releases the connection if the reader stopped early.
    await reader.cancel().catch(() => {});
  }
}

function frameOf(block: string): StreamFrame {
  let id: string | null = null;
  let event = "";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    const field = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (field === "id") id = value;
    else if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
  return { id, event, data: data.join("\n") };
}
