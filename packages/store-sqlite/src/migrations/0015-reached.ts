/** What keeps a run's fraction from falling within its generation, as JSON; null where nothing was noted. */
export const REACHED_SQL = `
ALTER TABLE run ADD COLUMN reached TEXT;                        -- as of the end, like label
ALTER TABLE run_live ADD COLUMN reached TEXT;
`;
