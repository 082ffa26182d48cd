-- Who leaves, and when. An exponential race within each cell; all hazards of a cell are equal, so the lowest draws win.
-- In a stochastic year whose draw is below their chance.
-- grain: employee_id
-- column: left_on DATE, the last day of employment
SELECT
  employee_id,
  {{ jan1 }} + CAST(floor({{ u('term_day', 'employee_id') }} * {{ days }}) AS INTEGER) AS left_on
FROM (
  SELECT
    w.employee_id,
    c.leavers,
    c.chance,
    {{ u('term', 'w.employee_id') }} AS draw,
    row_number() OVER (
      PARTITION BY w.level_id, w.age_band, w.tenure_band
      ORDER BY {{ u('term', 'w.employee_id') }}, w.employee_id
    ) AS place
  FROM {{ ref('start_wf') }} w
  JOIN {{ ref('needs_cell') }} c
    ON c.level_id = w.level_id AND c.age_band = w.age_band AND c.tenure_band = w.tenure_band
)
WHERE CASE WHEN {{ p('isStochastic') }} THEN draw < chance ELSE place <= leavers END
