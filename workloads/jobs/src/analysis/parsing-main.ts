// Entry of the process that parses pages and PDFs for this job. It searches nothing.
import { answerReading } from "@holdfast/workload-kit/reading";

answerReading(() => null);
