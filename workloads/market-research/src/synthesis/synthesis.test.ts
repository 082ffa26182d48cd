import { describe, expect, test } from "vitest";
import { exampleResearch } from "../testing.js";
import { checkContent } from "./content-check.js";
import { improveSynthesis } from "./improve.js";
import { NOTE_NO_SOURCES, parseSynthesis, renderSynthesis, synthesize } from "./synthesis.js";

const research = await exampleResearch();
const markdown = synthesize(research);

describe("the synthesis", () => {
  test("has a citation on every claim and passes the gate", () => {
    const check = checkContent(markdown, research);
    expect(check).toMatchObject({ passed: true, score: 1, violations: [] });
    expect(check.claims).toBeGreaterThan(30);
    expect(
      parseSynthesis(markdown).sections.every((section) => section.claims.every((claim) => claim.refs.length > 0)),
    ).toBe(true);
  });

  test("is read back from its Markdown unchanged", () => {
    const parsed = parseSynthesis(markdown);
    expect(renderSynthesis(parsed)).toBe(markdown);
  });

  test("without sources says so in every industry section and claims only country facts", async () => {
    const bare = await exampleResearch({ withSources: false });
    const text = synthesize(bare);
    const industry = parseSynthesis(text).sections.slice(1);
    expect(industry).toHaveLength(6);
    for (const section of industry) expect(section).toMatchObject({ claims: [], notes: [NOTE_NO_SOURCES] });
    expect(checkContent(text, bare).passed).toBe(true);
  });
});

/** Inserts a line before the first claim of a section. */
function plant(section: string, line: string): string {
  return markdown.replace(`## ${section}\n\n`, `## ${section}\n\n${line}\n`);
}

describe("the content check", () => {
  test("fails an uncited claim and names its line", () => {
    const planted = plant("Risks", "- Prices will certainly double.");
    const check = checkContent(planted, research);
    const line = planted.split("\n").indexOf("- Prices will certainly double.") + 1;
    expect(check.passed).toBe(false);
    expect(check.score).toBeLessThan(1);
    expect(check.violations).toEqual([expect.objectContaining({ rule: "uncited", where: `line ${line}` })]);
  });

  test("fails a citation that is not listed, and one that is not in the research", () => {
    expect(checkContent(plant("Risks", "- The risk is large.[^S99]"), research).violations[0]?.rule).toBe("unresolved");
    const invented = `${plant("Risks", "- The risk is large.[^X1]")}[^X1]: invented.md, line 1\n`;
    expect(checkContent(invented, research).violations[0]?.message).toMatch(
      /invented\.md, line 1, which the research does not hold/,
    );
  });

  test("fails a claim that its source does not contain word for word", () => {
    const changed = markdown.replace("around 90 percent", "around 99 percent");
    expect(changed).not.toBe(markdown);
    expect(checkContent(changed, research).violations).toEqual([expect.objectContaining({ rule: "not-verbatim" })]);
  });

  test("fails a synthesis without claims, and one that lacks a section", () => {
    expect(checkContent("# Nothing\n", research)).toMatchObject({ passed: false, score: 0 });
    const without = markdown.replace("## Risks", "## Something else");
    expect(checkContent(without, research).violations).toEqual([expect.objectContaining({ rule: "missing-section" })]);
  });
});

describe("the improvement", () => {
  test("restores a lost citation, drops unsupported claims, and passes the same gate", () => {
    const uncited = markdown.replace(/(- Statnett, .*?)\[\^S\d+\]/, "$1");
    const broken = uncited.replace("## Risks\n\n", "## Risks\n\n- Prices will certainly double.\n");
    expect(checkContent(broken, research).passed).toBe(false);
    const improved = improveSynthesis(broken, research);
    expect(improved.changes.map((change) => change.change)).toEqual(
      expect.arrayContaining(["citation-restored", "dropped-unsupported"]),
    );
    expect(improved.markdown).not.toContain("certainly double");
    expect(checkContent(improved.markdown, research)).toMatchObject({ passed: true, score: 1 });
  });

  test("drops duplicates and sorts claims by relevance", () => {
    const [first, ...rest] = parseSynthesis(markdown).sections.at(-1)?.claims ?? [];
    const line = `- ${first?.text}[^${first?.refs[0]}]`;
    const shuffled = markdown
      .replace(`${line}\n`, "")
      .replace("\n\n## References", `\n${line}\n${line}\n\n## References`);
    expect(checkContent(shuffled, research).duplicates).toHaveLength(1);
    const improved = improveSynthesis(shuffled, research);
    expect(
      parseSynthesis(improved.markdown)
        .sections.at(-1)
        ?.claims.map((claim) => claim.text),
    ).toEqual([first?.text, ...rest.map((claim) => claim.text)]);
  });

  test("changes nothing the second time", () => {
    const once = improveSynthesis(plant("Risks", "- Prices will certainly double."), research);
    expect(improveSynthesis(once.markdown, research)).toEqual({ markdown: once.markdown, changes: [] });
  });

  test("cannot save a synthesis that lacks a section, so the second check fails too", () => {
    const without = markdown.replace("## Risks", "## Something else");
    expect(checkContent(improveSynthesis(without, research).markdown, research).passed).toBe(false);
  });
});
