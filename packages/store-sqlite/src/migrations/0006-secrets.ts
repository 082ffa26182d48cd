/** The secret fields of a run's input, which `input` and `given` do not hold. */
export const SECRETS_SQL = `
ALTER TABLE run ADD COLUMN secrets TEXT;
`;
