-- Entries of pay from earlier years, of the people who are here on 1 January.
-- grain: employee_id, source_year, source_kind
-- column: as in ledger_new
SELECT employee_id, source_year, source_kind, effective_on, delta
FROM {{ prev('ledger') }}
