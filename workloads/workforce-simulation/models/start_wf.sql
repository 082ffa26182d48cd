-- Who is here on 1 January: everybody who was here on 31 December.
-- grain: employee_id
-- column: as in start_wf.first
WITH people AS (
  SELECT
    *,
    CAST(date_sub('year', birth_date, {{ jan1 }}) AS INTEGER) AS age,
    CAST(date_sub('year', hire_date, {{ jan1 }}) AS INTEGER) AS tenure
  FROM {{ prev('state') }}
)
SELECT
  p.employee_id,
  p.birth_date,
  p.hire_date,
  p.level_id,
  l.level_rank,
  p.annual_comp,
  p.is_enrolled,
  p.deferral_rate,
  p.enrolled_on,
  p.is_opted_out,
  p.prior_pay,
  p.age,
  p.tenure,
  a.band AS age_band,
  t.band AS tenure_band
FROM people p
JOIN {{ src('levels') }} l ON l.level_id = p.level_id
JOIN {{ src('age_bands') }} a ON p.age >= a.from_years AND p.age < a.to_years
JOIN {{ src('tenure_bands') }} t ON p.tenure >= t.from_years AND p.tenure < t.to_years
