// Words figures in the same way in the result, the summary and the page.

export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits).replace("-", "−")} %`;
export const fixed = (value: number | null, digits = 2): string =>
  value === null ? "none" : value.toFixed(digits).replace("-", "−");
export const times = (growth: number): string => `${growth.toFixed(1)} times`;
/** 0.0009 is "under 0.1 %": no probability is shown as zero. */
export const chanceWords = (share: number): string => (share < 0.001 ? "under 0.1 %" : percent(share));
