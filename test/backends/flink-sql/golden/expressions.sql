-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `temp` DOUBLE,
  `rms` DOUBLE,
  `status` BIGINT,
  `running` BOOLEAN,
  `state` STRING,
  `text` STRING,
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
SELECT `device`, `temp`, `rms`, `status`, `running`, `state`, `text`, `q`, `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL;

-- stream logic
CREATE VIEW `logic` AS
SELECT
  `device`,
  `time`,
  COALESCE(`running`, FALSE) AS `runs`
FROM `motor`
WHERE NOT `running` OR `temp` > 80 AND (`state` = 'on' OR `state` IS NULL);

-- stream numbers
CREATE VIEW `numbers` AS
SELECT
  `device`,
  `time`,
  -(-`status`) AS `minus`,
  `status` - -3 AS `less`,
  `status` / 2E0 AS `half`,
  CAST(`status` AS DOUBLE) / NULLIF(`status`, 0) AS `ratio`,
  `rms` / NULLIF(`rms` - 1, 0) AS `rms`,
  2 * (`status` + 1) AS `twice`,
  1.5E0 * `status` AS `more`,
  MOD(MOD(`status`, 7) + 7, 7) AS `rest`,
  (`rms` - 2 * FLOOR(`rms` / 2)) AS `wave`,
  (MOD(CAST(`status` AS BIGINT), 2) <> 0) AS `even`,
  (MOD(CAST(FLOOR(CAST(`status` AS DOUBLE) / 32) AS BIGINT), 2) <> 0) AS `flag`,
  POWER(`rms`, 2) AS `square`,
  CASE WHEN ABS(EXP(`status`)) <= 1.7976931348623157E308 THEN EXP(`status`) END AS `grown`,
  CASE WHEN `status` >= 0 THEN SQRT(CAST(`status` AS DOUBLE)) END AS `root`,
  CAST(SIGN(`status`) AS BIGINT) AS `sign`,
  LEAST(GREATEST(`status`, 0), 10) AS `inside`
FROM `motor`;

-- stream texts
CREATE VIEW `texts` AS
SELECT
  `device`,
  `time`,
  (`state` || ' is ' || `text`) AS `line`,
  (LOCATE('it''s', `text`) > 0) AS `found`,
  SUBSTRING(`text`, 2, 3) AS `part`,
  REGEXP_REPLACE(`text`, '^\s+|\s+$', '') AS `bare`,
  COALESCE(CASE WHEN REGEXP(`text`, '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$') AND ABS(TRY_CAST(TRIM(`text`) AS DOUBLE)) <= 1.7976931348623157E308 THEN TRY_CAST(TRIM(`text`) AS DOUBLE) END, 0) AS `number`
FROM `motor`;

-- stream words
CREATE VIEW `words` AS
SELECT
  `device`,
  `time`,
  CASE WHEN `temp` > 90 THEN 3 WHEN `temp` > 50 THEN 2 ELSE 1 END AS `level`,
  `q` = 'good' AS `fine`
FROM `motor`
WHERE CASE `q` WHEN 'good' THEN 0 WHEN 'uncertain' THEN 1 WHEN 'bad' THEN 2 END < 2 AND `state` IN ('on', 'off');

-- stream times
CREATE VIEW `times` AS
SELECT
  `device`,
  `time`,
  EXTRACT(YEAR FROM `time`) AS `year`
FROM `motor`
WHERE EXTRACT(HOUR FROM `time`) >= 6 AND EXTRACT(ISODOW FROM `time`) < 6;
