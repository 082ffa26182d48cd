-- One row for everybody employed on any day of the year, as of 31 December or their last day.
-- grain: employee_id
-- column: age, tenure INTEGER, completed years on 31 December; is_active BOOLEAN, employed on 31 December
-- column: annual_comp DECIMAL(12,2), dollars a year at the end; pay, deferral, employer_match, employer_core, dollars
SELECT
  s.employee_id,
  s.birth_date,
  s.hire_date,
  s.left_on,
  s.left_on IS NULL AS is_active,
  s.is_new,
  coalesce(m.level_id, w.level_id, h.level_id) AS level_id,
  CAST(date_sub('year', s.birth_date, {{ dec31 }}) AS INTEGER) AS age,
  CAST(date_sub('year', s.hire_date, {{ dec31 }}) AS INTEGER) AS tenure,
  CAST(
    coalesce(w.annual_comp, h.annual_comp) + coalesce(m.raise, 0) + coalesce(r.merit, 0) + coalesce(r.cola, 0)
      AS DECIMAL(12,2)
  ) AS annual_comp,
  p.pay,
  e.enrolled_from IS NOT NULL AS is_enrolled,
  e.deferral_rate,
  e.enrolled_on,
  e.is_opted_out,
  c.deferral,
  a.employer_match,
  o.employer_core,
  coalesce(x.is_hce, false) AS is_hce
FROM {{ ref('spell') }} s
LEFT JOIN {{ ref('start_wf') }} w ON w.employee_id = s.employee_id
LEFT JOIN {{ ref('ev_hire') }} h ON h.employee_id = s.employee_id
LEFT JOIN {{ ref('ev_promo') }} m ON m.employee_id = s.employee_id
LEFT JOIN {{ ref('ev_merit') }} r ON r.employee_id = s.employee_id
LEFT JOIN {{ ref('hce') }} x ON x.employee_id = s.employee_id
JOIN {{ ref('pay') }} p ON p.employee_id = s.employee_id
JOIN {{ ref('participation') }} e ON e.employee_id = s.employee_id
JOIN {{ ref('contrib') }} c ON c.employee_id = s.employee_id
JOIN {{ ref('er_match') }} a ON a.employee_id = s.employee_id
JOIN {{ ref('er_core') }} o ON o.employee_id = s.employee_id
