/** Sentence boundaries by wink-nlp's English model, which knows abbreviations and decimals. Nothing else is analyzed. */
import model from "wink-eng-lite-web-model";
import winkNLP, { type ItsHelpers, type WinkMethods } from "wink-nlp";

let engine: WinkMethods | null = null;

/** Loaded at first use: the model costs some 200 ms and 20 MB, which a country-only run does not need. */
function nlp(): WinkMethods {
  engine ??= winkNLP(model, ["sbd"]);
  return engine;
}

export interface Sentence {
  text: string;
  /** Offset of the sentence in the given text. */
  offset: number;
}

/** Returns the sentences of a text, verbatim, with their offsets. */
export function splitSentences(text: string): Sentence[] {
  const its: ItsHelpers = nlp().its;
  const sentences: Sentence[] = [];
  let from = 0;
  for (const piece of nlp().readDoc(text).sentences().out(its.value) as string[]) {
    const clean = piece.trim();
    const offset = text.indexOf(clean, from);
    // The model never rewrites text. If it did, the sentence would not be a quotation, so it is left out.
    if (clean === "" || offset < 0) continue;
    sentences.push({ text: clean, offset });
    from = offset + clean.length;
  }
  return sentences;
}
