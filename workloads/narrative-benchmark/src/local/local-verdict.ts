// The verdict of a local method: the shape a model answers in, plus the word that says no model was involved.

export type LocalVerdict<Field extends "ipv_detected" | "spam_detected"> = { readonly [F in Field]: boolean } & {
  readonly confidence: number;
  readonly indicators: string[];
  readonly rationale: string;
  readonly method: "local";
};
