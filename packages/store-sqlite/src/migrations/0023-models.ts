/** Costs of a map by model, as JSON; null where no call named its model, and for maps of before. */
export const MODELS_SQL = `
ALTER TABLE map ADD COLUMN models TEXT;
`;
