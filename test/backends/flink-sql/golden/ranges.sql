-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `temp` DOUBLE,
  `running` BOOLEAN,
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
  `temp`,
  `running`,
  COALESCE(`q`, 'good') AS `q`,
  `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL;

-- stream ranges
-- Of events at one instant, each sees all of them.
CREATE VIEW `ranges` AS
SELECT
  `device`,
  `time`,
  `avg_temp_1h30m` AS `mean`,
  `count_2s` AS `n`,
  STDDEV_SAMP(CASE WHEN `q` = 'good' THEN `temp` END) OVER `last_1d` AS `deviation`
FROM (
  SELECT
    `device`,
    `temp`,
    `q`,
    `time`,
    `avg_temp_1h30m`,
    COUNT(CASE WHEN `q` = 'good' THEN 1 END) OVER `last_2s` AS `count_2s`
  FROM (
    SELECT
      `device`,
      `temp`,
      `q`,
      `time`,
      AVG(CASE WHEN `q` = 'good' THEN `temp` END) OVER `last_1h30m` AS `avg_temp_1h30m`
    FROM `motor`
    WINDOW `last_1h30m` AS (PARTITION BY `device` ORDER BY `time` RANGE BETWEEN INTERVAL '0 01:29:59.999' DAY TO SECOND(3) PRECEDING AND CURRENT ROW)
  )
  WINDOW `last_2s` AS (PARTITION BY `device` ORDER BY `time` RANGE BETWEEN INTERVAL '1.999' SECOND PRECEDING AND CURRENT ROW)
)
WINDOW `last_1d` AS (PARTITION BY `device` ORDER BY `time` RANGE BETWEEN INTERVAL '0 23:59:59.999' DAY TO SECOND(3) PRECEDING AND CURRENT ROW);

-- stream last
CREATE VIEW `last` AS
SELECT
  `device`,
  `time`,
  `where_prev_temp` AS `before`,
  `where_prev_temp_3` AS `long_before`,
  `where_changed_running` AS `changed`,
  `where_becomes_running` AS `started`,
  ((EXTRACT(EPOCH FROM `time`) * 1000 + EXTRACT(MILLISECOND FROM `time`)) - `where_since_becomes_running_at`) * 1000 AS `ago`
FROM (
  SELECT
    `device`,
    `temp`,
    `running`,
    `time`,
    `where_prev_temp_before` AS `where_prev_temp`,
    `where_prev_temp_3_before` AS `where_prev_temp_3`,
    (`running` <> `where_changed_running_before`) AS `where_changed_running`,
    CASE WHEN `running` IS NOT NULL THEN `running` AND NOT `where_becomes_running_before` END AS `where_becomes_running`,
    LAST_VALUE(CASE WHEN CASE WHEN `running` IS NOT NULL THEN `running` AND NOT `where_becomes_running_before` END THEN (EXTRACT(EPOCH FROM `time`) * 1000 + EXTRACT(MILLISECOND FROM `time`)) END) OVER `so_far` AS `where_since_becomes_running_at`
  FROM (
    SELECT
      `device`,
      `temp`,
      `running`,
      `time`,
      `where_changed_running_known`,
      `where_becomes_running_known`,
      LAG(`temp`, 1) OVER `in_order` AS `where_prev_temp_before`,
      LAG(`temp`, 3) OVER `in_order` AS `where_prev_temp_3_before`,
      LAG(`where_changed_running_known`, 1) OVER `in_order` AS `where_changed_running_before`,
      LAG(`where_becomes_running_known`, 1) OVER `in_order` AS `where_becomes_running_before`
    FROM (
      SELECT
        `device`,
        `temp`,
        `running`,
        `time`,
        LAST_VALUE(`running`) OVER `so_far` AS `where_changed_running_known`,
        LAST_VALUE(`running`) OVER `so_far` AS `where_becomes_running_known`
      FROM `motor`
      WHERE `q` = 'good'
      WINDOW `so_far` AS (PARTITION BY `device` ORDER BY `time` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
    WINDOW `in_order` AS (PARTITION BY `device` ORDER BY `time`)
  )
  WINDOW `so_far` AS (PARTITION BY `device` ORDER BY `time` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
);

-- stream hot
-- Of events at one instant, each sees all of them.
CREATE VIEW `hot` AS
SELECT `device`, `time`, `temp`
FROM (
  SELECT
    `device`,
    `temp`,
    `q`,
    `time`,
    AVG(CASE WHEN `q` = 'good' THEN `temp` END) OVER `last_5m` AS `avg_temp_5m`
  FROM `motor`
  WINDOW `last_5m` AS (PARTITION BY `device` ORDER BY `time` RANGE BETWEEN INTERVAL '0 00:04:59.999' DAY TO SECOND(3) PRECEDING AND CURRENT ROW)
)
WHERE `temp` - `avg_temp_5m` > 3 AND `temp` > 20;

-- stream sliding
-- Of events at one instant, each sees all of them.
CREATE VIEW `sliding` AS
SELECT
  `device`,
  `time`,
  MAX(`temp`) OVER `last_10m` AS `highest`
FROM `motor`
WINDOW `last_10m` AS (PARTITION BY `device` ORDER BY `time` RANGE BETWEEN INTERVAL '0 00:09:59.999' DAY TO SECOND(3) PRECEDING AND CURRENT ROW);
