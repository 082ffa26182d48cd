// Messages between a guarded process and its parent. The parent sends one question at a time; the process answers each
// once.

export interface Question {
  readonly id: number;
  readonly question: unknown;
  /** Bytes that this question may add to the memory in use when it begins. */
  readonly memoryBytesMax: number;
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly problem: PlainError };

/** An error that crosses processes: its class is lost, its content is not. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly details?: unknown;
}
