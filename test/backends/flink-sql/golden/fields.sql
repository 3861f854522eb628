-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `place` ROW<`site` STRING>,
  `t` DOUBLE,
  `Vibration RMS` DOUBLE,
  `samples` ARRAY<DOUBLE>,
  `load` STRING,
  `state` STRING,
  `q` STRING,
  `at` ROW<`us` BIGINT>,
  `time` AS TO_TIMESTAMP_LTZ(`at`.`us` / 1000, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '90.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'motor',
  'format' = 'json'
);

CREATE VIEW `motor` AS
SELECT
  `device`,
  `place`.`site` AS `site`,
  `t` * 0.1 - 50 AS `temp`,
  `Vibration RMS` AS `rms`,
  `samples`[1] AS `first`,
  `samples`[2] AS `second`,
  TRY_CAST(`load` AS DOUBLE) AS `load`,
  COALESCE(`state`, 'off') AS `state`,
  COALESCE(`q`, 'good') AS `q`,
  `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL
  AND (`t` * 0.1 - 50 BETWEEN -40 AND 200) IS NOT FALSE
  AND (`load` IS NULL OR TRY_CAST(`load` AS DOUBLE) IS NOT NULL);

-- stream visits
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `visits_messages` (
  `id` BIGINT,
  `at` STRING,
  `time` AS CAST(REPLACE(REPLACE(`at`, 'T', ' '), 'Z', '') AS TIMESTAMP_LTZ(3)),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/visits.json',
  'format' = 'json'
);

CREATE VIEW `visits` AS
SELECT `id`, `at`, `time`
FROM `visits_messages`
WHERE `id` IS NOT NULL;

-- stream whole
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `whole_messages` (
  `x` DOUBLE,
  `time` DOUBLE,
  `time_2` AS TO_TIMESTAMP_LTZ(CAST(`time` * 1000 AS BIGINT), 3),
  WATERMARK FOR `time_2` AS `time_2` - INTERVAL '0 02:00:00.001' DAY TO SECOND(3)
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/whole.json',
  'format' = 'json'
);

CREATE VIEW `whole` AS
SELECT
  `x`,
  `time_2` AS `time`
FROM `whole_messages`;

-- stream seconds
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `seconds_messages` (
  `x` DOUBLE,
  `at` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`at` / 1000000, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '200 00:00:00.001' DAY(3) TO SECOND(3)
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/seconds.json',
  'format' = 'json'
);

CREATE VIEW `seconds` AS
SELECT `x`, `time`
FROM `seconds_messages`;
