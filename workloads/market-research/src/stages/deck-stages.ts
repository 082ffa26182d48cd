/** Stages 5 to 8: the deck is planned, measured, made readable, built, and compared with the template. */

import type { ModelUse } from "@holdfast/workload-kit";
import type { ArtifactRef, StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import { buildDeck } from "../deck/build-deck.js";
import { type DeckData, planDeck } from "../deck/deck-data.js";
import { checkDeck, type HealthCheck } from "../deck/health-check.js";
import { openDeck } from "../deck/open-deck.js";
import { toPages } from "../deck/page.js";
import { checkDeckData, type PreBuildCheck } from "../deck/pre-build-check.js";
import { makeReadable } from "../deck/readability.js";
import { type SizeScan, scanSizes } from "../deck/size-scan.js";
import { DeckHealthError, PreBuildCheckError } from "../errors.js";
import type { Research } from "../research.js";
import { writeSummary } from "./summary.js";

/** deck-data.json: the deck with the verdict on it. */
export interface CheckedDeckData extends DeckData {
  check: PreBuildCheck;
}

export interface PreBuildOutput {
  method: "local";
  slides: number;
  score: number;
  deck: ArtifactRef<CheckedDeckData>;
}

/**
 * Stage 5. @throws {PreBuildCheckError} PRE_BUILD_CHECK_FAILED if the deck's data violates a rule; see check in
 * deck-data.json.
 */
export async function preBuildCheck(
  stage: StageContext,
  given: { synthesis: ArtifactRef; research: ArtifactRef<Research>; startedAtMs: number; use: ModelUse | null },
): Promise<PreBuildOutput> {
  const markdown = new TextDecoder().decode(await stage.artifact.read(given.synthesis));
  const deck = planDeck(markdown, await stage.artifact.readJson(given.research), given.startedAtMs, given.use);
  const check = checkDeckData(deck);
  const ref = await stage.artifact.writeJson<CheckedDeckData>("deck-data.json", { ...deck, check });
  await writeSummary(stage, "Pre-build check", [
    `${plural(deck.slides.length, "slide")} planned, ${plural(check.violations.length, "violation")}.`,
    ...deck.slides.map((slide, index) => `Slide ${index + 1}: ${slide.title} (${slide.kind})`),
    ...check.violations.map((violation) => `${violation.where}: ${violation.rule}: ${violation.message}`),
  ]);
  if (!stage.gate("deck-data", check.passed, check.score, check.threshold))
    throw new PreBuildCheckError(check.violations);
  return { method: "local", slides: deck.slides.length, score: check.score, deck: ref };
}

export interface ScanOutput {
  method: "local";
  slides: number;
  overflows: number;
  scan: ArtifactRef<SizeScan>;
}

export async function contentSizeScan(
  stage: StageContext,
  given: { deck: ArtifactRef<CheckedDeckData> },
): Promise<ScanOutput> {
  const scan = scanSizes(await stage.artifact.readJson(given.deck), stage.signal);
  const ref = await stage.artifact.writeJson("size-scan.json", scan);
  await writeSummary(stage, "Content-size scan", [
    `${plural(scan.slides.length, "slide")} measured, ${plural(scan.overflows, "text overflows", "texts overflow")}.`,
    ...scan.slides.flatMap((slide) =>
      slide.slots
        .filter((slot) => !slot.fits)
        .map((slot) => `Slide ${slide.slide}: ${slot.slot} needs ${slot.neededIn} in, has ${slot.availableIn} in.`),
    ),
  ]);
  return { method: "local", slides: scan.slides.length, overflows: scan.overflows, scan: ref };
}

export interface ReadableOutput {
  method: "local";
  slides: number;
  rewrites: number;
  overflowsBefore: number;
  overflowsAfter: number;
  deck: ArtifactRef<DeckData>;
}

export async function readabilityRewrite(
  stage: StageContext,
  given: { deck: ArtifactRef<CheckedDeckData>; scan: ArtifactRef<SizeScan> },
): Promise<ReadableOutput> {
  const { check: _verdict, ...planned } = await stage.artifact.readJson(given.deck);
  const before = await stage.artifact.readJson(given.scan);
  const { deck, rewrites } = makeReadable(planned, stage.signal);
  const after = scanSizes(deck, stage.signal);
  const ref = await stage.artifact.writeJson("deck-data-readable.json", deck);
  await writeSummary(stage, "Readability rewrite", [
    `${plural(rewrites.length, "rewrite")}; overflowing texts: ${before.overflows} before, ${after.overflows} after.`,
    ...rewrites.map((rewrite) => `${rewrite.slide}: ${rewrite.message}.`),
  ]);
  return {
    method: "local",
    slides: deck.slides.length,
    rewrites: rewrites.length,
    overflowsBefore: before.overflows,
    overflowsAfter: after.overflows,
    deck: ref,
  };
}

/** build-meta.json */
export interface BuildMeta {
  method: "local";
  layouts: string[];
  slides: number;
  sizeBytes: number;
}

export interface BuildOutput {
  method: "local";
  slides: number;
  sizeBytes: number;
  deck: ArtifactRef;
  meta: ArtifactRef<BuildMeta>;
}

export async function buildDeckStage(
  stage: StageContext,
  given: { deck: ArtifactRef<DeckData>; startedAtMs: number },
): Promise<BuildOutput> {
  const deck = await stage.artifact.readJson(given.deck);
  const bytes = await buildDeck(deck, { startedAtMs: given.startedAtMs, signal: stage.signal });
  const meta: BuildMeta = {
    method: "local",
    layouts: toPages(deck).map((page) => page.layout),
    slides: deck.slides.length,
    sizeBytes: bytes.length,
  };
  const ref = await stage.artifact.write("deck.pptx", bytes);
  const metaRef = await stage.artifact.writeJson("build-meta.json", meta);
  await writeSummary(stage, "Build deck", [
    `deck.pptx: ${plural(meta.slides, "slide")}, ${plural(meta.sizeBytes, "byte")}.`,
  ]);
  return { method: "local", slides: meta.slides, sizeBytes: meta.sizeBytes, deck: ref, meta: metaRef };
}

export interface HealthOutput {
  method: "local";
  passed: boolean;
  score: number;
  violations: number;
  health: ArtifactRef<HealthCheck>;
}

/** Stage 8. @throws {DeckHealthError} DECK_CHECK_FAILED under strictTemplate, naming slides and rules. */
export async function deckHealthCheck(
  stage: StageContext,
  given: { deck: ArtifactRef; meta: ArtifactRef<BuildMeta>; isStrict: boolean },
): Promise<HealthOutput> {
  const bytes = await stage.artifact.read(given.deck);
  const health = checkDeck(openDeck(bytes), await stage.artifact.readJson(given.meta));
  const ref = await stage.artifact.writeJson("health-check.json", health);
  await writeSummary(stage, "Deck health check", [
    `${health.passed ? "Passed" : "Failed"}: ${plural(health.rules.length, "rule")} on ${plural(health.slides, "slide")} and ${plural(health.shapes, "shape")}, ${plural(health.violations.length, "violation")}.`,
    ...health.violations.map((violation) => `${violation.where}: ${violation.rule}: ${violation.message}`),
  ]);
  const isPassed = stage.gate("deck-health", health.passed, health.score, health.threshold);
  if (!isPassed && given.isStrict) throw new DeckHealthError(health.violations);
  return {
    method: "local",
    passed: health.passed,
    score: health.score,
    violations: health.violations.length,
    health: ref,
  };
}
