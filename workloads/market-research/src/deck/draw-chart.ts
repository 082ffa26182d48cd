/** Native charts: data that a reader can open and edit, drawn in the theme's colors. */
import type { FigureSeries } from "../country/facts.js";
import type { PptxSlide } from "./pptx.js";
import { type Box, PALETTE, THEME_FONT } from "./template.js";

const LABEL_SIZE = 11;

/** Axis labels with as many decimals as the values need. */
function formatOf(values: readonly number[]): string {
  const most = Math.max(...values.map(Math.abs));
  if (most >= 1000) return "#,##0";
  return most >= 20 ? "0" : "0.0";
}

/** Draws one series into its box. */
export function addChart(
  presentation: { ChartType: { line: string; bar: string } },
  slide: PptxSlide,
  series: FigureSeries,
  box: Box & { name: string },
  country: string,
): void {
  // Bars are drawn from the bottom up, so the order is reversed to put the first on top.
  const points = series.kind === "bar" ? series.points.toReversed() : series.points;
  const values = points.map((point) => point.value);
  const labels = points.map((point) => point.label);
  const data = [{ name: `${series.title} (${series.unit})`, labels, values }];
  const format = formatOf(values);
  const common = {
    x: box.x,
    y: box.y,
    w: box.w,
    h: box.h,
    objectName: box.name,
    altText: describe(series),
    showLegend: false,
    showTitle: false,
    catAxisLabelFontFace: THEME_FONT.body,
    catAxisLabelFontSize: LABEL_SIZE,
    catAxisLabelColor: PALETTE.accent3,
    valAxisLabelFontFace: THEME_FONT.body,
    valAxisLabelFontSize: LABEL_SIZE,
    valAxisLabelColor: PALETTE.accent3,
    valAxisLabelFormatCode: format,
    valGridLine: { color: PALETTE.accent4, size: 0.5, style: "solid" as const },
    catGridLine: { style: "none" as const },
    valAxisLineShow: false,
    catAxisLineShow: true,
    catAxisLineColor: PALETTE.accent4,
    valAxisLineColor: PALETTE.accent4,
    dataLabelFontFace: THEME_FONT.body,
    dataLabelFontSize: LABEL_SIZE,
    dataLabelColor: PALETTE.dk1,
    dataLabelFormatCode: format,
    plotArea: { fill: { color: PALETTE.lt1 } },
  };
  if (series.kind === "line") {
    slide.addChart(presentation.ChartType.line as "line", data, {
      ...common,
      chartColors: [PALETTE.accent1],
      lineSize: 2.5,
      lineDataSymbol: "circle",
      lineDataSymbolSize: 7,
      lineDataSymbolLineColor: PALETTE.accent1,
      showValue: false,
      ...axisRange(values),
    });
    return;
  }
  slide.addChart(presentation.ChartType.bar as "bar", data, {
    ...common,
    barDir: "bar",
    barGapWidthPct: 45,
    // The country in question stands out; the others are context. One color per bar.
    chartColors: labels.map((label) => (label === country ? PALETTE.accent1 : PALETTE.accent4)),
    catAxisLabelColor: PALETTE.dk1,
    showValue: true,
    dataLabelPosition: "outEnd",
    valAxisHidden: true,
    valGridLine: { style: "none" },
    valAxisMinVal: 0, // a bar's length equals its value only if the axis starts at zero
  });
}

/** A line may start above zero, so that its movement is visible: round steps, with space above and below. */
function axisRange(values: readonly number[]): {
  valAxisMinVal: number;
  valAxisMaxVal: number;
  valAxisMajorUnit: number;
} {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const raw = Math.max((high - low) / 4, high / 100, 1e-6);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  const tidy = (value: number) => Math.round(value * 1e6) / 1e6;
  const min = Math.floor(low / step) * step;
  return {
    valAxisMinVal: tidy(Math.max(0, min)),
    valAxisMaxVal: tidy(Math.ceil((high + step * 0.1) / step) * step),
    valAxisMajorUnit: tidy(step),
  };
}

/** Text alternative: the chart's content in figures. */
function describe(series: FigureSeries): string {
  return `${series.title}, ${series.unit}. ${series.points.map((point) => `${point.label}: ${point.value}`).join("; ")}.`;
}
