-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `temp` DOUBLE,
  `starts` BIGINT,
  `state` STRING,
  `ts` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`ts`, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/motor.json',
  'format' = 'json'
);

CREATE VIEW `motor` AS
SELECT `device`, `temp`, `starts`, `state`, `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL;

-- stream minute
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
-- FIRST_VALUE and LAST_VALUE of a pane go by arrival.
-- STDDEV_SAMP and VAR_SAMP are computed from sums of squares: near-constant values lose digits.
CREATE VIEW `minute` AS
SELECT
  `device`,
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  AVG(`temp`) AS `mean`,
  AVG(CAST(`starts` AS DOUBLE)) AS `starts`,
  COUNT(*) AS `n`,
  COUNT(DISTINCT `state`) AS `states`,
  FIRST_VALUE(`temp`) AS `first`,
  LAST_VALUE(`temp`) - FIRST_VALUE(`temp`) AS `delta`,
  STDDEV_SAMP(`temp`) AS `deviation`
FROM TABLE(TUMBLE(TABLE `motor`, DESCRIPTOR(`time`), INTERVAL '1' MINUTE))
WHERE `state` = 'running'
GROUP BY `device`, `window_start`, `window_end`, `window_time`
HAVING COUNT(*) > 10;

-- stream warm
-- Of events at one instant, each sees all of them.
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
CREATE VIEW `warm_input` AS
SELECT `device`, `temp`, `time`
FROM (
  SELECT
    `device`,
    `temp`,
    `time`,
    AVG(`temp`) OVER `last_10s` AS `avg_temp_10s`
  FROM `motor`
  WINDOW `last_10s` AS (PARTITION BY `device` ORDER BY `time` RANGE BETWEEN INTERVAL '9.999' SECOND PRECEDING AND CURRENT ROW)
)
WHERE `avg_temp_10s` > 50;

CREATE VIEW `warm` AS
SELECT
  `device`,
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  CAST(`window_end` AS TIMESTAMP_LTZ(3)) AS `until`,
  PERCENTILE(`temp`, 0.95) AS `high`
FROM TABLE(HOP(TABLE `warm_input`, DESCRIPTOR(`time`), INTERVAL '10' MINUTE, INTERVAL '1' HOUR))
GROUP BY `device`, `window_start`, `window_end`, `window_time`;

-- stream day
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
CREATE VIEW `day` AS
SELECT
  `device`,
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  MAX(`mean`) AS `hottest`
FROM TABLE(TUMBLE(TABLE `minute`, DESCRIPTOR(`row_time`), INTERVAL '1' DAY))
GROUP BY `device`, `window_start`, `window_end`, `window_time`;

-- stream run
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
CREATE VIEW `run` AS
SELECT
  `device`,
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  ((EXTRACT(EPOCH FROM MAX(`time`)) * 1000 + EXTRACT(MILLISECOND FROM MAX(`time`))) - (EXTRACT(EPOCH FROM MIN(`time`)) * 1000 + EXTRACT(MILLISECOND FROM MIN(`time`)))) * 1000 AS `lasted`,
  SUM(`starts`) AS `starts`
FROM TABLE(SESSION(TABLE `motor` PARTITION BY `device`, DESCRIPTOR(`time`), INTERVAL '0 00:04:59.999' DAY TO SECOND(3)))
GROUP BY `device`, `window_start`, `window_end`, `window_time`;

-- stream tens
CREATE VIEW `tens` AS
SELECT
  `device`,
  `time`,
  `max_temp` AS `hottest`
FROM (
  SELECT
    `device`,
    `temp`,
    `time`,
    `max_temp`,
    COUNT(*) OVER `so_far` AS `number`
  FROM (
    SELECT
      `device`,
      `temp`,
      `time`,
      MAX(`temp`) OVER `last_10_events` AS `max_temp`
    FROM `motor`
    WINDOW `last_10_events` AS (PARTITION BY `device` ORDER BY `time` ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)
  )
  WINDOW `so_far` AS (PARTITION BY `device` ORDER BY `time` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE `number` >= 10 AND MOD(`number` - 10, 10) = 0;

-- stream sites
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
CREATE VIEW `sites` AS
SELECT
  `state`,
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  COUNT(*) AS `n`
FROM TABLE(TUMBLE(TABLE `motor`, DESCRIPTOR(`time`), INTERVAL '1' MINUTE))
GROUP BY `state`, `window_start`, `window_end`, `window_time`;

-- stream all
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
CREATE VIEW `all` AS
SELECT
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  COUNT(*) AS `n`
FROM TABLE(TUMBLE(TABLE `motor`, DESCRIPTOR(`time`), INTERVAL '1' MINUTE))
GROUP BY `window_start`, `window_end`, `window_time`;
