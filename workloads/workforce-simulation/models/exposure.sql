-- People at risk and the leavers to expect, by cell. DECIMAL, so that the sum is the same in any order.
-- grain: level_id, age_band, tenure_band
-- column: headcount BIGINT; expected DECIMAL(28,8), people
SELECT
  w.level_id,
  w.age_band,
  w.tenure_band,
  count(*) AS headcount,
  CAST(count(*) * h.hazard AS DECIMAL(28,8)) AS expected
FROM {{ ref('start_wf') }} w
JOIN {{ ref('haz_term') }} h
  ON h.level_id = w.level_id AND h.age_band = w.age_band AND h.tenure_band = w.tenure_band
GROUP BY w.level_id, w.age_band, w.tenure_band, h.hazard
