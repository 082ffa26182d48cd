// Detects passages that address a program instead of a reader. Sources may contain them: a planted "ignore all
// instructions", or a document about such attacks. They stay text: they are not sent to a model and not quoted in
// answers, and the result says where they are.

const ADDRESSED = [
  /\b(ignore|disregard|forget|override|bypass)\b[^.!?]{0,60}\b(instruction|prompt|rule|direction|guideline|above|previous|prior)s?\b/i,
  /\b(you are|act as|pretend to be|roleplay as)\b[^.!?]{0,40}\b(assistant|language model|ai|chatbot|system|admin|gpt)\b/i,
  /\b(system|developer|assistant) ?(prompt|message|:)/i,
  /\b(reveal|print|repeat|output|show)\b[^.!?]{0,40}\b(system prompt|api key|secret|password|credentials)\b/i,
  /\b(answer|respond|reply|say|output)\b[^.!?]{0,20}\b(only|exactly|always)\b[^.!?]{0,20}\b(with|the word|that)\b/i,
  /<\/?(system|assistant|user|instructions?|passages?)\b[^>]*>/i,
];

/**
 * Returns whether a passage reads as an instruction to a program. A heuristic that leaves out too much rather than too
 * little.
 */
export function readsAsInstruction(text: string): boolean {
  return ADDRESSED.some((pattern) => pattern.test(text));
}
