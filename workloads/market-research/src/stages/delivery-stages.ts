/** Stages 8a and 9: the final review, and the delivered file with its receipt. */

import { type Asker, type Made, type ModelUse, madeWith } from "@holdfast/workload-kit";
import type { ArtifactRef, StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import type { DeckData } from "../deck/deck-data.js";
import type { HealthCheck } from "../deck/health-check.js";
import { type Receipt, writeReceipt } from "../receipt.js";
import type { Research } from "../research.js";
import { renderFinalReview, reviewRun, withVerdict } from "../review/final-review.js";
import { addModelIssues } from "../review/model-review.js";
import type { ResearchReview } from "../review/research-review.js";
import type { SynthesisReview } from "../review/synthesis-review.js";
import type { ContentCheck } from "../synthesis/content-check.js";
import { writeSummary } from "./summary.js";

export type FinalReviewOutput = Made & {
  verdict: string;
  score: number;
  issues: number;
  review: ArtifactRef;
};

export async function finalReview(
  stage: StageContext,
  given: {
    deckData: ArtifactRef<DeckData>;
    researchReview: ArtifactRef<ResearchReview>;
    synthesisReview: ArtifactRef<SynthesisReview>;
    content: ArtifactRef<ContentCheck>;
    health: ArtifactRef<HealthCheck>;
    asker: Asker | null;
  },
): Promise<FinalReviewOutput> {
  const { readJson } = stage.artifact;
  const deck = await readJson(given.deckData);
  const { asker } = given;
  const computed = reviewRun({
    deck,
    research: await readJson(given.researchReview),
    synthesis: await readJson(given.synthesisReview),
    content: await readJson(given.content),
    health: await readJson(given.health),
  });
  const added = await addModelIssues(computed, asker, {
    name: "review-deck",
    task: "This is the finished deck: name what a reader should know before it leaves the house.",
    material: wordDeck(deck),
  });
  const review = withVerdict(added);
  const ref = await stage.artifact.write("final-review.md", renderFinalReview(review, deck));
  await writeSummary(
    stage,
    "Final review",
    [
      `Verdict: ${review.verdict}; score ${review.score}; ${plural(review.issues.length, "issue")}, worded in final-review.md.`,
    ],
    asker?.use() ?? null,
  );
  return {
    ...madeWith(asker?.use() ?? null),
    verdict: review.verdict,
    score: review.score,
    issues: review.issues.length,
    review: ref,
  };
}

/** The result of the run. */
export type DeliveryOutput = Made & {
  deck: ArtifactRef;
  receipt: ArtifactRef<Receipt>;
  sha256: string;
  slides: number;
  claims: number;
};

export async function delivery(
  stage: StageContext,
  given: {
    runId: string;
    startedAtMs: number;
    deck: ArtifactRef;
    deckData: ArtifactRef<DeckData>;
    research: ArtifactRef<Research>;
    content: ArtifactRef<ContentCheck>;
    health: ArtifactRef<HealthCheck>;
    use: ModelUse | null;
  },
): Promise<DeliveryOutput> {
  const { read, readJson } = stage.artifact;
  const bytes = await read(given.deck);
  const name = "final.pptx";
  const receipt = writeReceipt({
    runId: given.runId,
    startedAtMs: given.startedAtMs,
    name,
    bytes,
    deck: await readJson(given.deckData),
    research: await readJson(given.research),
    content: await readJson(given.content),
    health: await readJson(given.health),
    use: given.use,
  });
  const deck = await stage.artifact.write(name, bytes);
  const ref = await stage.artifact.writeJson("receipt.json", receipt);
  await writeSummary(
    stage,
    "Delivery",
    [
      `${name}: ${plural(receipt.deck.slides, "slide")}, ${plural(receipt.deck.sizeBytes, "byte")}, SHA-256 ${receipt.deck.sha256}.`,
      `${receipt.claims.supported} of ${plural(receipt.claims.total, "claim")} supported, ${plural(receipt.claims.citations, "reference")}.`,
    ],
    given.use,
  );
  return {
    ...madeWith(given.use),
    deck,
    receipt: ref,
    sha256: receipt.deck.sha256,
    slides: receipt.deck.slides,
    claims: receipt.claims.total,
  };
}

function wordDeck(deck: DeckData): string {
  const slides = deck.slides.map((slide, index) => {
    const lines =
      slide.kind === "findings" || slide.kind === "risks" ? slide.findings.map(({ text }) => `- ${text}`) : [];
    return [`Slide ${index + 1}: ${slide.title}. ${slide.lead}`, ...lines].join("\n");
  });
  return slides.join("\n");
}
