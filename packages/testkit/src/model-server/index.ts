// Model server with faults, for tests of code that calls a language model.
export { type AnswerFn, answerByReading, type ModelRequest } from "./answers.js";
export { FAULTS, type FaultName, type FaultPlan, PAID_FAULTS, UNPAID_FAULTS } from "./faults.js";
export { type JournalLine, readJournal } from "./journal.js";
export { type ModelServer, type ModelServerOptions, startModelServer } from "./model-server.js";
