// Passages that speak to a program instead of a reader. A source may hold them: a planted "ignore all instructions", or a
// document about such things. They stay text: no model is sent them, no answer quotes them, and the result says where they stand.

const ADDRESSED = [
  /\b(ignore|disregard|forget|override|bypass)\b[^.!?]{0,60}\b(instruction|prompt|rule|direction|guideline|above|previous|prior)s?\b/i,
  /\b(you are|act as|pretend to be|roleplay as)\b[^.!?]{0,40}\b(assistant|language model|ai|chatbot|system|admin|gpt)\b/i,
  /\b(system|developer|assistant) ?(prompt|message|:)/i,
  /\b(reveal|print|repeat|output|show)\b[^.!?]{0,40}\b(system prompt|api key|secret|password|credentials)\b/i,
  /\b(answer|respond|reply|say|output)\b[^.!?]{0,20}\b(only|exactly|always)\b[^.!?]{0,20}\b(with|the word|that)\b/i,
  /<\/?(system|assistant|user|instructions?|passages?)\b[^>]*>/i,
];

/** Whether a passage reads as an instruction to a program. A sign, no proof: it errs towards leaving out. */
export function readsAsInstruction(text: string): boolean {
  return ADDRESSED.some((pattern) => pattern.test(text));
}
