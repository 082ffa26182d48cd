-- The merit raise of a year, by level and tenure band.
-- grain: level_id, tenure_band
-- column: merit_rate DECIMAL(7,6), a share of pay
SELECT
  l.level_id,
  t.band AS tenure_band,
  CAST(round(l.merit_rate * t.merit, 6) AS DECIMAL(7,6)) AS merit_rate
FROM {{ src('levels') }} l
CROSS JOIN {{ src('tenure_bands') }} t
