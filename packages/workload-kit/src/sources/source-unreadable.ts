// The one error about a file that a user supplied as a source. Everything that a message needs is in its details.

/** A source cannot be used. The message names the file, what is wrong and what to do. */
export class SourceUnreadableError extends Error {
  readonly code = "SOURCE_UNREADABLE";
  override readonly name = "SourceUnreadableError";
  constructor(
    readonly details: { path: string; reason: string; cure: string },
    cause?: unknown,
  ) {
    super(`Source ${details.path}: ${details.reason}. ${details.cure}`, { cause });
  }
}
