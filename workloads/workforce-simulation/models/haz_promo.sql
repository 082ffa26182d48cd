-- How likely a person is promoted on 1 February; nobody is promoted out of the highest level.
-- grain: level_id, age_band, tenure_band
-- column: hazard DECIMAL(9,8), a probability
SELECT
  l.level_id,
  a.band AS age_band,
  t.band AS tenure_band,
  CAST(
    CASE
      WHEN l.is_top THEN 0
      ELSE least(
        1,
        round(
          {{ p('promotion.base') }} * a.promotion * t.promotion
            * greatest(0, 1 - {{ p('promotion.levelStep') }} * (l.level_rank - 1)),
          8
        )
      )
    END AS DECIMAL(9,8)
  ) AS hazard
FROM {{ src('levels') }} l
CROSS JOIN {{ src('age_bands') }} a
CROSS JOIN {{ src('tenure_bands') }} t
