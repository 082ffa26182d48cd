-- Who takes part in the plan in this year, from when, at which rate.
-- grain: employee_id
-- column: enrolled_from DATE, null for who does not; deferral_rate DECIMAL(7,6); enrolled_on DATE; is_opted_out BOOLEAN
SELECT
  e.employee_id,
  CASE
    WHEN e.is_enrolled THEN e.employed_from
    WHEN n.kind IN ('enrollment_voluntary', 'enrollment_auto') THEN n.happened_on
  END AS enrolled_from,
  CAST(coalesce(s.deferral_rate, n.deferral_rate, e.deferral_rate) AS DECIMAL(7,6)) AS deferral_rate,
  CASE
    WHEN e.is_enrolled THEN e.enrolled_on
    WHEN n.kind IN ('enrollment_voluntary', 'enrollment_auto') THEN n.happened_on
  END AS enrolled_on,
  e.is_opted_out OR coalesce(n.kind = 'opt_out', false) AS is_opted_out
FROM {{ ref('eligibility') }} e
LEFT JOIN {{ ref('ev_escal') }} s ON s.employee_id = e.employee_id
LEFT JOIN {{ ref('ev_enroll') }} n ON n.employee_id = e.employee_id
