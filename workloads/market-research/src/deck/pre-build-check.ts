/** The gate of stage 5: checks that the deck's data is complete and every citation resolvable. Pure; fails on any violation. */
import { plural } from "holdfast/extend";
import type { Violation } from "../errors.js";
import type { DeckData, Slide } from "./deck-data.js";
import { chaptersOf } from "./page.js";
import { CONTENTS_MAX, FINDINGS_MAX, ROWS_MAX, SOURCES_MAX } from "./template.js";

export interface PreBuildCheck {
  passed: boolean;
  /** Share of slides without a violation, 0 to 1. */
  score: number;
  threshold: 1;
  violations: Violation[];
}

/** Judges a deck's data before anything is built from it. */
export function checkDeckData(deck: DeckData): PreBuildCheck {
  const ids = new Set(deck.references.map((reference) => reference.id));
  const violations = deck.slides.flatMap((slide, index) => checkSlide(slide, index + 1, ids));
  const broken = new Set(violations.map((violation) => violation.where)).size;
  violations.push(...checkWhole(deck));
  const score =
    deck.slides.length === 0 ? 0 : Math.floor(((deck.slides.length - broken) / deck.slides.length) * 10_000) / 10_000;
  return { passed: violations.length === 0, score, threshold: 1, violations };
}

function checkSlide(slide: Slide, number: number, ids: ReadonlySet<string>): Violation[] {
  const found: Violation[] = [];
  const where = `slide ${number}`;
  const add = (rule: string, message: string) => found.push({ rule, where, message });
  const cites = (refs: readonly string[], what: string) => {
    if (refs.length === 0) add("uncited", `${what} carries no citation`);
    for (const ref of refs)
      if (!ids.has(ref)) add("unresolved", `${what} cites ${ref}, which is not among the references`);
  };
  if (slide.title.trim() === "") add("no-title", "has no title");
  switch (slide.kind) {
    case "findings":
    case "risks":
      if (slide.findings.length === 0 || slide.findings.length > FINDINGS_MAX)
        add("findings-count", `holds ${plural(slide.findings.length, "finding")}, 1 to ${FINDINGS_MAX} are allowed`);
      for (const finding of slide.findings) cites(finding.refs, `"${finding.text.slice(0, 60)}"`);
      break;
    case "overview":
      for (const tile of slide.tiles) cites(tile.refs, `tile "${tile.label}"`);
      for (const chart of slide.charts) {
        if (chart.points.length < 2)
          add(
            "chart-points",
            `chart "${chart.title}" has ${plural(chart.points.length, "point")}, at least 2 are needed`,
          );
        if (chart.points.some((point) => !Number.isFinite(point.value)))
          add("chart-values", `chart "${chart.title}" holds a value that is no number`);
        cites(chart.refs, `chart "${chart.title}"`);
      }
      break;
    case "rows":
      if (slide.rows.length > ROWS_MAX)
        add("rows-count", `holds ${plural(slide.rows.length, "row")}, at most ${ROWS_MAX} are allowed`);
      break;
    case "sources":
      if (slide.references.length > SOURCES_MAX)
        add(
          "sources-count",
          `lists ${plural(slide.references.length, "reference")}, at most ${SOURCES_MAX} are allowed`,
        );
      break;
    default:
      break;
  }
  return found;
}

function checkWhole(deck: DeckData): Violation[] {
  const found: Violation[] = [];
  const add = (rule: string, message: string) => found.push({ rule, where: "deck", message });
  for (const kind of ["cover", "contents", "overview", "sources"] as const) {
    if (!deck.slides.some((slide) => slide.kind === kind)) add("missing-slide", `has no ${kind} slide`);
  }
  if (!deck.slides.some((slide) => slide.kind === "overview" && slide.charts.length > 0))
    add("no-chart", "has no chart");
  const listed = new Set(
    deck.slides.flatMap((slide) => (slide.kind === "sources" ? slide.references.map((one) => one.id) : [])),
  );
  for (const { id } of deck.references)
    if (!listed.has(id)) add("unlisted-source", `reference ${id} is not in the appendix`);
  const chapters = new Set(deck.slides.map((slide) => slide.chapter).filter((chapter) => chapter !== null)).size;
  if (chaptersOf(deck).length < chapters)
    add("contents-full", `has ${plural(chapters, "chapter")}, the contents hold ${CONTENTS_MAX}`);
  return found;
}
