import { expect, test } from "vitest";
import { findTooDeep } from "./html-depth.js";

test("the depth of a page counts nested elements, not consecutive ones", () => {
  expect(findTooDeep("<div>".repeat(9) + "</div>".repeat(9), 8)).toBe(1);
  expect(findTooDeep("<div>".repeat(8), 8)).toBeNull();
  expect(findTooDeep("<div></div>".repeat(1_000), 8)).toBeNull();
  expect(findTooDeep("<p>a<br>b<img src=x>".repeat(1_000), 8)).toBeNull();
  expect(findTooDeep("<ul><li>a<li>b</ul>".repeat(1_000), 8)).toBeNull();
  expect(findTooDeep(`<script>${"'<div>'".repeat(99)}</script><!-- ${"<div>".repeat(99)} -->`, 8)).toBeNull();
  expect(findTooDeep(`<svg>${"<path/>".repeat(99)}</svg>`, 8)).toBeNull();
  expect(findTooDeep(`\n\n${"<b/>".repeat(9)}`, 8)).toBe(3);
  expect(findTooDeep("<a ".repeat(100_000), 8)).toBeNull();
});
