// Entry of the process that parses HTML pages and PDFs for this job. It does not search.
import { answerReading } from "@holdfast/workload-kit/reading";

answerReading(() => null);
