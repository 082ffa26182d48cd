// The report as one HTML page: charts, tables, and what it was computed from. No scripts and no network; it prints.
import { type AssumptionRow, isSame, valueLines } from "../catalogue.js";
import type { PerformanceReport } from "../executor/performance.js";
import { type Figures, KINDS } from "./figures.js";
import { count, escapeHtml, KIND_LABELS, money, percent, shortDollars } from "./format.js";
import { lines, rowBars, stackedBars } from "./svg.js";

export interface PageFacts {
  readonly runId: string;
  readonly figures: Figures;
  readonly hashes: Readonly<Record<string, string>>;
  readonly levels: readonly { readonly id: number; readonly name: string }[];
  readonly performance: PerformanceReport;
  /** Every setting that results depend on; changed ones come first. */
  readonly assumptions: readonly AssumptionRow[];
  /** Values held at a bound. */
  readonly notes: readonly string[];
  /** What the results were computed from, as label and text. */
  readonly facts: readonly (readonly [label: string, text: string])[];
}

export function renderPage(of: PageFacts): string {
  const { runId, figures } = of;
  const [first, last] = [figures.years[0], figures.years.at(-1)];
  const title = `Workforce ${first}${last === first ? "" : ` to ${last}`}`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>`,
    `<header><h1>${escapeHtml(title)}</h1><p>Run ${escapeHtml(runId)}. Every table was checked against the others: headcounts to the person, amounts to the cent.</p></header>`,
    assumptionsTable(of),
    headline(of),
    `<section class="charts">${charts(of)}</section>`,
    headcountTable(figures),
    payrollTable(figures),
    attributionTable(figures),
    planTable(figures),
    performanceTable(of.performance),
    factsTable(of),
    "</main></body></html>\n",
  ].join("\n");
}

/** The basis of the results comes before the results. */
function assumptionsTable({ assumptions, notes, facts }: PageFacts): string {
  const lines = (value: unknown) => valueLines(value).map(escapeHtml).join("<br>");
  // A long unchanged list opens on a click, since readers look for changes.
  const folded = (value: unknown) =>
    Array.isArray(value) && value.length > 4
      ? `<details><summary>${value.length} entries</summary>${lines(value)}</details>`
      : lines(value);
  const body = assumptions.map(({ name, value, default: usual, source, changed }) => {
    const before = Array.isArray(value) && isSame(value, usual) ? "the same" : lines(usual);
    const cells = [
      escapeHtml(name),
      changed ? lines(value) : folded(value),
      before,
      changed ? "changed" : "no",
      escapeHtml(source),
    ];
    return `<tr${changed ? ' class="changed"' : ""}>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const count = assumptions.filter(({ changed }) => changed).length;
  const people = facts.find(([label]) => label === "People")?.[1] ?? "";
  const told = [`${count} of ${assumptions.length} changed.${people === "" ? "" : ` People: ${people}.`}`, ...notes];
  const heads = ["Assumption", "Value", "Default", "Changed", "Source of the default"];
  return (
    `<section class="assumptions"><h2>Assumptions</h2>${told.map((text) => `<p>${escapeHtml(text)}</p>`).join("")}` +
    `<div class="wide"><table><thead><tr>${heads.map((text) => `<th scope="col">${text}</th>`).join("")}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table></div></section>`
  );
}

function headline({ figures }: PageFacts): string {
  const [first, last] = [figures.headcount[0], figures.headcount.at(-1)];
  if (first === undefined || last === undefined) return "";
  const of = (name: string) => Number(figures.metrics[String(last.year)]?.[name] ?? 0);
  const tiles = [
    ["People", `${count(first.start)} → ${count(last.end)}`],
    [`Payroll ${last.year}`, shortDollars(of("payroll"))],
    [`Employer cost ${last.year}`, shortDollars(of("employer_cost"))],
    [`Participation ${last.year}`, percent(of("participation_rate"))],
  ];
  return `<section class="tiles">${tiles.map(([label, text]) => `<div><span>${label}</span><b>${text}</b></div>`).join("")}</section>`;
}

function charts({ figures, levels }: PageFacts): string {
  const places = figures.years.map(String);
  const value = (year: number, name: string) => Number(figures.metrics[String(year)]?.[name] ?? 0);
  const byKind = (of: "payroll" | "employerCost") =>
    KINDS.map((kind, place) => ({
      name: KIND_LABELS[kind] ?? kind,
      colour: `c${place + 1}`,
      values: figures.years.map((year) =>
        figures.attribution
          .filter((row) => row.year === year && row.kind === kind)
          .reduce((total, row) => total + Number(row[of]), 0),
      ),
    }));
  const [first, last] = [figures.years[0] as number, figures.years.at(-1) as number];
  const shown = [...levels].reverse();
  const headcountOf = (year: number) =>
    shown.map(({ id }) => figures.pyramid.find((row) => row.year === year && row.level === id)?.headcount ?? 0);
  return [
    stackedBars({
      title: "Headcount at the end of the year, by where people came from",
      places,
      format: count,
      series: [
        {
          name: "Here on 1 January",
          colour: "c1",
          values: figures.headcount.map((row) => row.start - row.terminations),
        },
        {
          name: "Hired in the year",
          colour: "c2",
          values: figures.headcount.map((row) => row.hires - row.newHireTerminations),
        },
      ],
    }),
    stackedBars({ title: "Payroll by cause", places, format: shortDollars, series: byKind("payroll") }),
    stackedBars({ title: "Employer cost by cause", places, format: shortDollars, series: byKind("employerCost") }),
    lines({
      title: "Participation in the plan",
      places,
      format: percent,
      series: [
        { name: "Participation", colour: "c1", values: figures.years.map((year) => value(year, "participation_rate")) },
      ],
    }),
    lines({
      title: "Average deferral rate of participants",
      places,
      format: percent,
      series: [
        {
          name: "Deferral rate",
          colour: "c2",
          values: figures.years.map((year) => value(year, "average_deferral_rate")),
        },
      ],
    }),
    rowBars({
      title: "People by level on 31 December",
      places: shown.map(({ name }) => name),
      format: count,
      series: [
        { name: String(first), colour: "c5", values: headcountOf(first) },
        ...(last === first ? [] : [{ name: String(last), colour: "c1", values: headcountOf(last) }]),
      ],
    }),
  ].join("");
}

type Cell = string | number;

function table(title: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = heads.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join("");
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((cell) => `<td>${escapeHtml(typeof cell === "number" ? count(cell) : cell)}</td>`).join("")}</tr>`,
    )
    .join("");
  return `<section><h2>${escapeHtml(title)}</h2><div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div></section>`;
}

function headcountTable({ headcount, metrics }: Figures): string {
  return table(
    "Headcount",
    ["Year", "Start", "Hires", "Terminations", "New-hire terminations", "End", "Target"],
    headcount.map((row) => [
      String(row.year),
      row.start,
      row.hires,
      -row.terminations,
      -row.newHireTerminations,
      row.end,
      Number(metrics[String(row.year)]?.headcount_target ?? Number.NaN),
    ]),
  );
}

function payrollTable({ years, metrics }: Figures): string {
  return table(
    "Payroll and employer cost, dollars",
    ["Year", "Payroll", "Match", "Core", "Employer cost", "Match, share of payroll"],
    years.map((year) => {
      const of = (name: string) => metrics[String(year)]?.[name] ?? "0";
      const amounts = ["payroll", "employer_match", "employer_core", "employer_cost"].map((name) => money(of(name)));
      return [String(year), ...amounts, percent(Number(of("match_share_of_payroll")))];
    }),
  );
}

function attributionTable({ attribution }: Figures): string {
  return table(
    "Attribution: which year's events pay and cost come from, dollars",
    ["Year", "Caused in", "By", "People", "Payroll", "Employer cost"],
    attribution.map((row) => [
      String(row.year),
      String(row.sourceYear),
      KIND_LABELS[row.kind] ?? row.kind,
      row.people,
      money(row.payroll),
      money(row.employerCost),
    ]),
  );
}

function planTable({ years, metrics }: Figures): string {
  return table(
    "Plan",
    [
      "Year",
      "Participants",
      "Participation",
      "Average deferral",
      "Deferrals",
      "Enrolled",
      "Declined",
      "Escalated",
      "HCE",
    ],
    years.map((year) => {
      const of = (name: string) => Number(metrics[String(year)]?.[name] ?? 0);
      return [
        String(year),
        of("participants"),
        percent(of("participation_rate")),
        percent(of("average_deferral_rate")),
        money(metrics[String(year)]?.deferrals ?? "0"),
        of("enrollments"),
        of("opt_outs"),
        of("escalations"),
        of("hce"),
      ];
    }),
  );
}

function performanceTable({ wallMs, overheadMs, years, cache }: PerformanceReport): string {
  if (years.length === 0) return "";
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const summary =
    `<p>Computed in ${ms(wallMs)}, of which ${ms(overheadMs)} were neither SQL nor waiting for it. ` +
    `Cache: ${count(cache.hits)} hits, ${count(cache.misses)} models computed, about ${ms(cache.savedMs)} saved.</p>`;
  const body = table(
    "Where the time went",
    ["Year", "Wall", "Work of all models", "Critical path", "Idle connections", "Reused models"],
    years.map((year) => [
      String(year.year),
      ms(year.wallMs),
      ms(year.busyMs),
      ms(year.criticalPathMs),
      percent(year.idleShare),
      year.hits,
    ]),
  );
  return body.replace("</h2>", `</h2>${summary}`);
}

function factsTable({ facts, hashes }: PageFacts): string {
  return table("What it was computed from", ["What", ""], [...facts, ...Object.entries(hashes)]);
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fff;--line:#dfe4ea;--c1:#2f6db3;--c2:#2f9e77;--c3:#b2559a;--c4:#e0912b;--c5:#8b97a6}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf1;--soft:#9aa6b5;--paper:#14181e;--line:#2c343f;--c1:#6ea8e6;--c2:#5cc6a0;--c3:#d88bc4;--c4:#f0b35f;--c5:#7d8998}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 20px}
h1{font-size:28px;margin:0}h2{font-size:18px;margin:36px 0 8px}header p,section p{color:var(--soft);margin:4px 0 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px;margin:24px 0}
.tiles div{border:1px solid var(--line);border-radius:8px;padding:12px 16px}.tiles span{display:block;color:var(--soft);font-size:13px}.tiles b{font-size:20px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:28px}
figure{margin:0}figcaption{font-weight:600}svg{width:100%;height:auto}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:4px 0;padding:0;font-size:13px;color:var(--soft)}
.legend span{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}
.c1{fill:var(--c1);background:var(--c1);stroke:var(--c1)}.c2{fill:var(--c2);background:var(--c2);stroke:var(--c2)}.c3{fill:var(--c3);background:var(--c3);stroke:var(--c3)}.c4{fill:var(--c4);background:var(--c4);stroke:var(--c4)}.c5{fill:var(--c5);background:var(--c5);stroke:var(--c5)}
rect{stroke:none!important}.line{fill:none;stroke-width:2}.grid{stroke:var(--line)}
text{fill:var(--ink);font-size:12px}.small{font-size:11px;fill:var(--soft)}.end{text-anchor:end}.middle{text-anchor:middle}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:13px}
th,td{text-align:right;padding:4px 10px;border-bottom:1px solid var(--line);white-space:nowrap}th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:600}
.assumptions td,.assumptions th{text-align:left;white-space:normal;vertical-align:top}.assumptions td:nth-child(1){white-space:nowrap}
.assumptions td:nth-child(2),.assumptions td:nth-child(3){min-width:150px}summary{cursor:pointer}.changed td{font-weight:600;background:color-mix(in srgb,var(--c4) 16%,transparent)}
@media print{details::details-content{content-visibility:visible;height:auto}.charts{grid-template-columns:1fr 1fr}}
`;
