/**
 * The secret fields of a run's input, which `input` and `given` do not hold; and what the run's idempotency key was first used
 * for, as a hash, since both of them change with a restart.
 */
export const SECRETS_AND_KEYS_SQL = `
ALTER TABLE run ADD COLUMN secrets TEXT;
ALTER TABLE run ADD COLUMN idempotency_hash TEXT;
`;
