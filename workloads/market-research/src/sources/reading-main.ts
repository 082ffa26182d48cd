/** Entry of the process that reads the sources and searches them for a market study. */
import { answerReading } from "@holdfast/workload-kit/reading";
import { retrieve } from "../retrieval/retrieve.js";

answerReading(retrieve);
