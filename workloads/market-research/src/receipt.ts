/** Stage 9: the receipt of the delivery, with figures that can be checked against the file. */
import { createHash } from "node:crypto";
import { type ModelUse, madeWith } from "@holdfast/workload-kit";
import type { DeckData } from "./deck/deck-data.js";
import type { HealthCheck } from "./deck/health-check.js";
import { type Research, sourcesLeftOut } from "./research.js";
import type { ContentCheck } from "./synthesis/content-check.js";

/** The content of receipt.json. */
export interface Receipt {
  method: "local" | "model";
  /** Usage of all stages; absent if no model was used. */
  model?: ModelUse | undefined;
  runId: string;
  /** The run's recorded start, UTC. */
  startedAt: string;
  country: string;
  industry: string;
  deck: { name: string; sha256: string; sizeBytes: number; slides: number; charts: number };
  claims: { total: number; supported: number; citations: number };
  template: { passed: boolean; violations: number };
  sources: { file: string; sha256: string; sizeBytes: number; used: number }[];
  /** Sources supplied but not used, each with its reason. */
  leftOut: { name: string; reason: string }[];
}

export interface Delivered {
  runId: string;
  startedAtMs: number;
  name: string;
  bytes: Uint8Array;
  deck: DeckData;
  research: Research;
  content: ContentCheck;
  health: HealthCheck;
  use?: ModelUse | null | undefined;
}

export function writeReceipt(delivered: Delivered): Receipt {
  const { bytes, deck, research, content, health, use = null } = delivered;
  return {
    ...madeWith(use),
    runId: delivered.runId,
    startedAt: new Date(delivered.startedAtMs).toISOString(),
    country: deck.country,
    industry: deck.industry,
    deck: {
      name: delivered.name,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      sizeBytes: bytes.length,
      slides: health.slides,
      charts: health.charts,
    },
    claims: { total: content.claims, supported: content.supported, citations: deck.references.length },
    template: { passed: health.passed, violations: health.violations.length },
    leftOut: sourcesLeftOut(research),
    sources: research.documents.map(({ file, sha256, sizeBytes, used }) => ({ file, sha256, sizeBytes, used })),
  };
}
