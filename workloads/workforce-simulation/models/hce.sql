-- Highly compensated employees (section 414(q)): paid more in the year before than the threshold of that year.
-- grain: employee_id
-- column: is_hce BOOLEAN
SELECT employee_id, prior_pay > {{ p('year.lookbackThreshold') }} AS is_hce
FROM {{ ref('start_wf') }}
