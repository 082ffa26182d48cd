// The verdict of a local method: the shape of a model's answer, plus a field that says no model was involved.

export type LocalVerdict<Field extends "ipv_detected" | "spam_detected"> = { readonly [F in Field]: boolean } & {
  readonly confidence: number;
  readonly indicators: string[];
  readonly rationale: string;
  readonly method: "local";
};
