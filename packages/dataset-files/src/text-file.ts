/** An open text file, and what is read from it: blocks of whole lines. Types only. */

import type { FileHandle } from "node:fs/promises";
import type { ReadSignal } from "@holdfast/core";

export interface TextFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** As `findEncoding` found it; UTF-8 when left out. */
  readonly encoding?: string | undefined;
  readonly signal?: ReadSignal | undefined;
}

/** A stretch of text that ends with a line break or with the file; or a line too long to hold, left out. */
export type TextBlock =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "lineTooLong"; readonly line: number };
