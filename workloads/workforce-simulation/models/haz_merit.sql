-- The merit raise of a year, by level and tenure band.
-- grain: level_id, tenure_band
-- column: merit_rate DECIMAL(12,10), a share of pay
SELECT
  l.level_id,
  t.band AS tenure_band,
  CAST(l.merit_rate * t.merit AS DECIMAL(12,10)) AS merit_rate
FROM {{ src('levels') }} l
CROSS JOIN {{ src('tenure_bands') }} t
