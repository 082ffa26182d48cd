// Third entry of the kit, for the reading process: it loads the parsers and the language model of the sentence
// splitter.
export { answerReading } from "./sources/answer-reading.js";
