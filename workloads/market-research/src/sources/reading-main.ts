/** Entry of the process that reads and searches the sources of a market study. */
import { answerReading } from "@holdfast/workload-kit/reading";
import { retrieve } from "../retrieval/retrieve.js";

answerReading(retrieve);
