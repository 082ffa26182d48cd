/** Digest of the code that recorded what a run has; null in runs of earlier versions, which take that of their next execution. */
export const RUN_CODE_SQL = `
ALTER TABLE run ADD COLUMN code TEXT;
`;
