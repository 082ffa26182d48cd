/** Finds the ids with capital letters by their small ones; most ids have none, and cost nothing here. */
export const UPPER_CASE_IDS_SQL = `
CREATE INDEX run_id_upper ON run(lower(run_id)) WHERE run_id <> lower(run_id);
`;
