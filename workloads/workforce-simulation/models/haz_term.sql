-- How likely a person leaves within the year, by level, age band and tenure band.
-- grain: level_id, age_band, tenure_band
-- column: hazard DECIMAL(9,8), a probability, at most 0.95
SELECT
  l.level_id,
  a.band AS age_band,
  t.band AS tenure_band,
  CAST(
    least(
      0.95,
      round(
        {{ p('termination.base') }} * a.termination * t.termination
          * greatest({{ p('termination.levelFloor') }}, 1 - {{ p('termination.levelStep') }} * (l.level_rank - 1)),
        8
      )
    ) AS DECIMAL(9,8)
  ) AS hazard
FROM {{ src('levels') }} l
CROSS JOIN {{ src('age_bands') }} a
CROSS JOIN {{ src('tenure_bands') }} t
