/** Values that a run publishes for whoever watches it: the latest of each key. Bounds and their check; pure. */

/** A published value as it is read. */
export interface PublishedView {
  /** Key under which the run published it. */
  readonly key: string;
  /** Latest value, as JSON. */
  readonly value: unknown;
  /** When it was recorded, milliseconds UTC. */
  readonly at: number;
}

/** Keys of a run, at most: a page shows all of them. */
export const PUBLISHED_KEYS_MAX = 50;
/** Bytes of JSON of one value, at most. Whatever is larger is an artifact, and its reference is published. */
export const PUBLISHED_BYTES_MAX = 16 * 1024;

const KEY_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Returns whether `text` may be a key: 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit. */
export const isPublishedKey = (text: unknown): text is string => typeof text === "string" && KEY_PATTERN.test(text);
