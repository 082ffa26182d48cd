/** Writes summary.md, which every stage leaves beside its artifacts for people to read. */

import { type ModelUse, wordUse } from "@holdfast/workload-kit";
import type { StageContext } from "holdfast";

/** `use` is the model's usage, if the stage asked one. */
export async function writeSummary(
  stage: StageContext,
  title: string,
  lines: readonly string[],
  use: ModelUse | null = null,
): Promise<void> {
  const method = use === null || use.calls === 0 ? "local" : `model ${use.name} (${wordUse(use)})`;
  await stage.artifact.write(
    "summary.md",
    `# ${title}\n\nMethod: ${method}.\n\n${lines.map((line) => `- ${line}`).join("\n")}\n`,
  );
}
