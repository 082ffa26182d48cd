/** summary.md, which every stage leaves beside its artifacts for a person to read. */
import type { StageContext } from "holdfast";

export async function writeSummary(stage: StageContext, title: string, lines: readonly string[]): Promise<void> {
  await stage.artifact.write(
    "summary.md",
    `# ${title}\n\nMethod: local.\n\n${lines.map((line) => `- ${line}`).join("\n")}\n`,
  );
}
