// The one error about a file that a user supplied as a source. Its details contain everything that a message needs.

/** SOURCE_UNREADABLE: a source cannot be used. The message names the file, the problem and the remedy. */
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
