/**
 * Writes sources/norway-energy-services/gas-and-carbon-storage.pdf: one page of text, with the same bytes every time.
 *
 * Written by hand, because a PDF of one page in a standard font has only a few objects, and every library adds the date.
 * Run: node examples/make-sources-pdf.mjs
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const TITLE = "Gas exports and carbon storage";
const LINES = [
  "Norway supplied about 30 percent of the gas imports of the European Union in",
  "2023, which made it the largest supplier (Council of the European Union).",
  "Petroleum production in Norway began at the Ekofisk field in 1971 (Norwegian",
  "Offshore Directorate).",
  "",
  "Carbon dioxide has been injected into storage at the Sleipner gas field since",
  "1996, the first project of its kind at this scale (Equinor). Revenue from",
  "petroleum is set aside in the Government Pension Fund Global, which was",
  "established in 1990 (Norges Bank Investment Management).",
];

const escapeText = (text) => text.replace(/[\\()]/g, "\\$&");
const body = [
  "BT /F2 18 Tf 72 770 Td",
  `(${escapeText(TITLE)}) Tj`,
  "/F1 11 Tf 0 -34 Td 16 TL",
  ...LINES.map((line) => `(${escapeText(line)}) Tj T*`),
  "ET",
].join("\n");

const objects = [
  "<< /Type /Catalog /Pages 2 0 R >>",
  "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
  "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>",
  "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
  "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
  `<< /Length ${body.length} >>\nstream\n${body}\nendstream`,
];

let pdf = "%PDF-1.4\n";
const offsets = objects.map((object, index) => {
  const offset = pdf.length;
  pdf += `${index + 1} 0 obj\n${object}\nendobj\n`;
  return offset;
});
const xref = pdf.length;
pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
pdf += offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
pdf += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;

const here = path.dirname(fileURLToPath(import.meta.url));
writeFileSync(path.join(here, "sources", "norway-energy-services", "gas-and-carbon-storage.pdf"), pdf, "latin1");
