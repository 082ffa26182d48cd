-- What the next year starts from: who is employed on 31 December.
-- grain: employee_id
-- column: as in start_wf.first, without what is counted on 1 January
SELECT
  employee_id, birth_date, hire_date, level_id, annual_comp, is_enrolled, deferral_rate, enrolled_on, is_opted_out,
  pay AS prior_pay
FROM {{ ref('snapshot') }}
WHERE is_active
