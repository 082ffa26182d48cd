/** Complete runs in this process, each with its own folder and, if a test requests one, a model server on loopback. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiKey } from "@holdfast/models";
import { type AnswerFn, type FaultPlan, type ModelRequest, startModelServer } from "@holdfast/testkit";
import { openHoldfast, type RecoveryOptions, type RunHandle } from "holdfast";
import { onTestFinished } from "vitest";
import type { RankedRow } from "./export/rows.js";
import type { Ranking } from "./score/ranking.js";
import { leadQualification } from "./workflow.js";

export const PROFILE = `name: test
tiers: { A: 75, B: 50 }
criteria:
  where: { kind: country, anyOf: Norway, mustHave: true }
  size: { kind: range, field: employees, min: 10, max: 100 }
  cold: { kind: text, statement: "It moves goods that must stay cold.", keywords: [frozen, chilled], weight: 3 }
`;

export const HEADER = "domain,company,country,employees,description";

/** Rows with different texts, all in Norway. */
export function manyRows(count: number): string {
  const row = (n: number) => `c${n}.example,Company ${n},NO,${n},"Frozen food, number ${n}"`;
  return [HEADER, ...Array.from({ length: count }, (_, n) => row(n + 1)), ""].join("\n");
}

/** Answers `yes` for frozen goods, `unknown` for a text with a question mark, otherwise `no`. */
export const answerByText: AnswerFn = ({ prompt, schema }) => {
  const [, text = ""] = /<company-\w+>([\s\S]*)<\/company-/.exec(prompt) ?? [];
  const verdict = text.includes("?") ? "unknown" : /frozen/i.test(text) ? "yes" : "no";
  const ids = Object.keys((schema?.properties ?? {}) as object);
  return Object.fromEntries(ids.map((id) => [id, { verdict, reason: "The text says so." }]));
};

interface RunOptions {
  readonly rows: string | Buffer;
  /** Name of the file of prospects. */
  readonly file?: string | undefined;
  readonly profile?: string | undefined;
  readonly recovery?: RecoveryOptions | undefined;
  readonly apiKey?: ApiKey | undefined;
  /** Starts a model server. */
  readonly model?: { readonly faults?: FaultPlan; readonly answer?: AnswerFn } | undefined;
}

export async function openRuns({
  rows,
  file = "prospects.csv",
  profile = PROFILE,
  recovery,
  apiKey,
  model,
}: RunOptions) {
  const folder = await mkdtemp(join(tmpdir(), "leads-"));
  const dataDir = join(folder, "data");
  const prospects = join(folder, file);
  const icp = join(folder, "icp.yaml");
  await writeFile(prospects, rows);
  await writeFile(icp, profile);
  const asked: ModelRequest[] = [];
  const answer = model?.answer ?? answerByText;
  const server =
    model === undefined
      ? null
      : await startModelServer({
          seed: 5,
          faults: model.faults,
          answer: (request) => {
            asked.push(request);
            return answer(request);
          },
        });
  const workflow = leadQualification({ recovery, apiKey });
  const holdfast = await openHoldfast({ dataDir, workflows: [workflow], heartbeatMs: 200, stopGraceMs: 500 });
  onTestFinished(async () => {
    await holdfast.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const byModel =
    server === null
      ? {}
      : {
          model: {
            provider: "openai-compatible" as const,
            name: "test-model",
            baseUrl: server.baseUrl,
            structuredOutput: true,
          },
        };
  return {
    folder,
    icp,
    holdfast,
    workflow,
    server,
    asked,
    input: { prospects, icp, ...byModel },
    ranked: async (handle: RunHandle): Promise<RankedRow[]> =>
      JSON.parse(await read(handle, "ranked.json")) as RankedRow[],
    csv: (handle: RunHandle) => read(handle, "ranked.csv"),
    summary: (handle: RunHandle) => read(handle, "summary.md", "rank"),
    ranking: async (handle: RunHandle): Promise<Ranking> =>
      JSON.parse(await read(handle, "ranking.json", "rank")) as Ranking,
  };

  async function read(handle: RunHandle, name: string, stage = "export"): Promise<string> {
    return readFile(join(dataDir, "runs", handle.id, "stages", stage, "attempt-1", name), "utf8");
  }
}
