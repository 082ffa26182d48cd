// The record of judging one prospect.
import type { Judgement } from "../criteria/judgement.js";

/** The record of one prospect. */
export interface Assessment {
  readonly company: string | null;
  /**
   * Who judged the free-text criteria: a model, or the local stand-in. `rules` if none was judged, because the profile
   * has none, a must-have had failed before, or there was no text.
   */
  readonly method: "rules" | "local" | "model";
  /** The model that answered; absent if none did. */
  readonly model?: string;
  /** Repairs that the model's text needed before it matched; absent if none. */
  readonly repairs?: readonly string[];
  /** By criterion. */
  readonly judgements: { readonly [id: string]: Judgement };
}
