// Third entry of the kit, for the process that reads: it loads the parsers themselves and the model of the language.
export { answerReading } from "./sources/answer-reading.js";
