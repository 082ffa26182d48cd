/** The budget of a map in nano-dollars, as its newest opening declared it; null without one, and for maps of before. */
export const MAP_BUDGET_SQL = `
ALTER TABLE map ADD COLUMN budget_nanos INTEGER;
`;
