// What judging one prospect leaves: its record.
import type { Judgement } from "../criteria/judgement.js";

/** The record of one prospect. */
export interface Assessment {
  readonly company: string | null;
  /**
   * Who judged the free-text criteria: a model, or the local stand-in. `rules` where none was judged: the profile has
   * none, a must-have had failed before, or there was no text.
   */
  readonly method: "rules" | "local" | "model";
  /** The model that answered; absent where none did. */
  readonly model?: string;
  /** What had to be done to the model's text before it fitted; absent when nothing. */
  readonly repairs?: readonly string[];
  /** By criterion. */
  readonly judgements: { readonly [id: string]: Judgement };
}
