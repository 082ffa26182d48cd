/** The body of an answer, within bounds: a server must not be able to fill this process's memory. */

/** As much as a stage may return. Larger answers belong into an artifact. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** The body had more bytes than are read. */
export class BodyTooLarge extends Error {}

/** Reads the whole body as text. @throws {BodyTooLarge} beyond `bytesMax`, having read no more than that. */
export async function readBody(response: Response, bytesMax: number): Promise<string> {
  const announced = Number(response.headers.get("content-length") ?? 0);
  // Of a compressed body it is less than what would be read, never more.
  if (announced > bytesMax) {
    await discard(response);
    throw new BodyTooLarge();
  }
  const { text, isWhole } = await readStart(response, bytesMax);
  if (!isWhole) throw new BodyTooLarge();
  return text;
}

/** The first bytes of a body as text; the rest is not read. */
export async function readStart(response: Response, bytesMax: number): Promise<{ text: string; isWhole: boolean }> {
  if (response.body === null) return { text: "", isWhole: true };
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), isWhole: true };
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      const over = bytes - bytesMax;
      text += decoder.decode(value.subarray(0, value.byteLength - over));
      // The connection cannot be used again, and nobody waits for its end.
      void reader.cancel().catch(() => {});
      return { text, isWhole: false };
    }
    text += decoder.decode(value, { stream: true });
  }
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}
