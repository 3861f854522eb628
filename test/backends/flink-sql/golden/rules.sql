-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `site` STRING,
  `temp` DOUBLE,
  `rms` DOUBLE,
  `q` STRING,
  `ts` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`ts`, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/motor.json',
  'format' = 'json'
);

CREATE VIEW `motor` AS
SELECT
  `device`,
  `site`,
  `temp`,
  `rms`,
  COALESCE(`q`, 'good') AS `q`,
  `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL;

-- rule hot
-- Changes of alerts, without ids, messages and operators' actions.
CREATE VIEW `hot` AS
SELECT
  `device`,
  `time`,
  CASE 'none' WHEN COALESCE(`level_before`, 'none') THEN 'raised' WHEN `level` THEN 'cleared' ELSE 'level' END AS `change`,
  CASE `level` WHEN 'none' THEN COALESCE(`level_before`, 'none') ELSE `level` END AS `severity`,
  `temp`
FROM (
  SELECT
    `device`,
    `temp`,
    `q`,
    `time`,
    `level`,
    LAG(`level`, 1) OVER `in_order` AS `level_before`
  FROM (
    SELECT
      `device`,
      `temp`,
      `q`,
      `time`,
      LAST_VALUE(CASE WHEN `known_1` THEN 'critical' WHEN `known_2` THEN 'high' WHEN `known_3` THEN 'none' END) OVER `so_far` AS `level`
    FROM (
      SELECT
        `device`,
        `temp`,
        `q`,
        `time`,
        LAST_VALUE(CASE WHEN `q` = 'good' THEN `temp` > 95 END) OVER `so_far` AS `known_1`,
        LAST_VALUE(CASE WHEN `q` = 'good' THEN `temp` > 85 END) OVER `so_far` AS `known_2`,
        LAST_VALUE(CASE WHEN `q` = 'good' THEN `temp` < 80 END) OVER `so_far` AS `known_3`
      FROM `motor`
      WINDOW `so_far` AS (PARTITION BY `device` ORDER BY `time` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
    WINDOW `so_far` AS (PARTITION BY `device` ORDER BY `time` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
  )
  WINDOW `in_order` AS (PARTITION BY `device` ORDER BY `time`)
)
WHERE `level` <> COALESCE(`level_before`, 'none');

-- rule shaking
-- Changes of alerts, without ids, messages and operators' actions.
CREATE VIEW `shaking` AS
SELECT
  `site`,
  `time`,
  CASE 'none' WHEN COALESCE(`level_before`, 'none') THEN 'raised' WHEN `level` THEN 'cleared' ELSE 'level' END AS `change`,
  CASE `level` WHEN 'none' THEN COALESCE(`level_before`, 'none') ELSE `level` END AS `severity`,
  `rms`
FROM (
  SELECT
    `site`,
    `rms`,
    `q`,
    `time`,
    `level`,
    LAG(`level`, 1) OVER `in_order` AS `level_before`
  FROM (
    SELECT
      `site`,
      `rms`,
      `q`,
      `time`,
      LAST_VALUE(CASE CASE WHEN `q` = 'good' THEN `rms` > 9 END WHEN TRUE THEN 'medium' WHEN FALSE THEN 'none' END) OVER `so_far` AS `level`
    FROM `motor`
    WHERE `temp` > 20
    WINDOW `so_far` AS (PARTITION BY `site` ORDER BY `time` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
  )
  WINDOW `in_order` AS (PARTITION BY `site` ORDER BY `time`)
)
WHERE `level` <> COALESCE(`level_before`, 'none');

-- route alerts to nats
CREATE TABLE `alerts_to_nats` (
  `rule` STRING,
  `change` STRING,
  `severity` STRING,
  `time` TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'filesystem',
  'path' = 'alerts_to_nats',
  'format' = 'json'
);

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO `alerts_to_nats`
  SELECT
    'hot' AS `rule`,
    `change`,
    `severity`,
    `time`
  FROM `hot`
  WHERE CASE `severity` WHEN 'info' THEN 0 WHEN 'low' THEN 1 WHEN 'medium' THEN 2 WHEN 'high' THEN 3 WHEN 'critical' THEN 4 END >= 3 AND 'heat' = 'heat'
  UNION ALL
  SELECT
    'shaking' AS `rule`,
    `change`,
    `severity`,
    `time`
  FROM `shaking`
  WHERE CASE `severity` WHEN 'info' THEN 0 WHEN 'low' THEN 1 WHEN 'medium' THEN 2 WHEN 'high' THEN 3 WHEN 'critical' THEN 4 END >= 3 AND CAST(NULL AS STRING) = 'heat';
END;
