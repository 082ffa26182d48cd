/** Accessibility findings of the page as it is shown. */
import axe from "axe-core";
import type { Page } from "playwright-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

/** The serious and the critical ones. */
export async function findings(page: Page): Promise<readonly Finding[]> {
  // Evaluated, not added as a script tag: the page's policy would refuse that.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{
    violations: (Omit<Finding, "nodes"> & { nodes: { html: string }[] })[];
  }>(`axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ nodes, ...one }) => ({ ...one, nodes: nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)) }))
    .map(({ id, impact, nodes }) => ({ id, impact, nodes }));
}
