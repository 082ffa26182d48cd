-- Who joins the plan this year, or declines to. Voluntary from the day of eligibility; automatic some days after it, with
-- opt-out by age. The earlier of the two counts; on one day the person's own choice. Only while employed.
-- grain: employee_id
-- column: kind VARCHAR: enrollment_voluntary, enrollment_auto or opt_out; happened_on DATE; deferral_rate DECIMAL(7,6)
WITH open AS (
  SELECT
    e.*,
    a.voluntary,
    a.opt_out,
    greatest(e.eligible_on, e.employed_from) AS open_from
  FROM {{ ref('eligibility') }} e
  JOIN {{ src('age_bands') }} a ON e.age >= a.from_years AND e.age < a.to_years
  WHERE NOT e.is_enrolled AND e.eligible_on <= e.employed_to
),
drawn AS (
  SELECT
    *,
    CASE
      WHEN {{ u('voluntary', 'employee_id') }} < voluntary
        THEN open_from
          + CAST(floor({{ u('voluntary_day', 'employee_id') }} * (date_diff('day', open_from, {{ dec31 }}) + 1)) AS INTEGER)
    END AS voluntary_on,
    CASE
      WHEN {{ p('autoEnrol.isOn') }} AND NOT is_opted_out AND asked_on >= employed_from AND asked_on <= {{ dec31 }}
        THEN asked_on
    END AS automatic_on
  FROM open
),
chosen AS (
  SELECT
    employee_id,
    employed_to,
    CASE
      WHEN voluntary_on IS NOT NULL AND (automatic_on IS NULL OR voluntary_on <= automatic_on) THEN 'enrollment_voluntary'
      WHEN automatic_on IS NULL THEN NULL
      WHEN {{ u('opt_out', 'employee_id') }} < opt_out THEN 'opt_out'
      ELSE 'enrollment_auto'
    END AS kind,
    least(voluntary_on, automatic_on) AS happened_on
  FROM drawn
)
SELECT
  employee_id,
  kind,
  happened_on,
  CAST(
    CASE kind
      WHEN 'enrollment_voluntary' THEN {{ p('voluntary.rate') }}
      WHEN 'enrollment_auto' THEN {{ p('autoEnrol.rate') }}
      ELSE 0
    END AS DECIMAL(7,6)
  ) AS deferral_rate
FROM chosen
WHERE kind IS NOT NULL AND happened_on <= employed_to
