/** Groups failures by cause: failures that differ only in numbers, IDs and quoted words have the same cause. */
import { createHash } from "node:crypto";
import { fingerprintOf } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";

const PAGE_COUNT = 500;
/** Failures of a map that are looked through; more are told as such. */
export const FAILURES_MAX = 20_000;
/** As many as a plan takes. */
export const KEYS_MAX = 10_000;
/** Beyond it a cause says less than its rest. */
const MESSAGE_LENGTH_MAX = 400;

export interface ErrorGroup {
  readonly fingerprint: string;
  readonly stage: string;
  readonly category: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly attemptsMax: number;
  readonly example: string;
  readonly keys?: readonly string[];
}

export interface ErrorGroups {
  readonly rows: readonly ErrorGroup[];
  readonly isWhole: boolean;
}

type Grouping = { -readonly [K in keyof Required<ErrorGroup>]: Required<ErrorGroup>[K] } & { keys: string[] };

type Runs = Pick<Holdfast["runs"], "items">;
type Item = Awaited<ReturnType<Runs["items"]>>["rows"][number];

/** Sorted by count; with a fingerprint that one alone, with its keys. */
export async function groupErrors(
  runs: Runs,
  maps: readonly { readonly runId: string; readonly stage: string }[],
  fingerprint?: string | undefined,
): Promise<ErrorGroups> {
  const groups = new Map<string, Grouping>();
  let isWhole = true;
  for (const { runId, stage } of maps) {
    let cursor: string | undefined;
    for (let seen = 0; ; seen += PAGE_COUNT) {
      if (seen >= FAILURES_MAX) {
        isWhole = false;
        break;
      }
      const page = await runs.items(runId, stage, { outcome: "error", cursor, limit: PAGE_COUNT });
      for (const item of page.rows) addTo(groups, stage, item, fingerprint);
      if (page.next === null) break;
      cursor = page.next;
      await new Promise(setImmediate);
    }
  }
  const rows = [...groups.values()].sort((a, b) => b.count - a.count || a.firstAt - b.firstAt);
  return { rows: rows.map((group) => finish(group, fingerprint !== undefined)), isWhole };
}

function addTo(groups: Map<string, Grouping>, stage: string, item: Item, only: string | undefined): void {
  if (item.outcome !== "error") return;
  const { key, error, attempts, finishedAt } = item;
  const category = item.category ?? "other";
  const message = error?.message ?? "";
  const fingerprint = causeOf(stage, category, message);
  if (only !== undefined && fingerprint !== only) return;
  const group = groups.get(fingerprint);
  if (group === undefined) {
    const at = { firstAt: finishedAt, lastAt: finishedAt };
    const first = { fingerprint, stage, category, message: message.slice(0, MESSAGE_LENGTH_MAX), ...at };
    groups.set(fingerprint, { ...first, count: 1, attemptsMax: attempts, example: key, keys: [key] });
    return;
  }
  group.count++;
  group.attemptsMax = Math.max(group.attemptsMax, attempts);
  group.firstAt = Math.min(group.firstAt, finishedAt);
  if (finishedAt >= group.lastAt) {
    group.lastAt = finishedAt;
    group.message = message.slice(0, MESSAGE_LENGTH_MAX);
    group.example = key;
  }
  if (group.keys.length < KEYS_MAX) group.keys.push(key);
}

const finish = ({ keys, ...group }: Grouping, withKeys: boolean): ErrorGroup => (withKeys ? { ...group, keys } : group);

/** Fingerprint of a cause, as the stores record it. */
export const causeOf = (stage: string | null, category: string, message: string): string =>
  fingerprintOf(stage, category, message, (text) => createHash("sha256").update(text).digest("hex"));
