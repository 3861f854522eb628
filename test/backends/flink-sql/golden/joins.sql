-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `temp` DOUBLE,
  `ts` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`ts`, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/motor.json',
  'format' = 'json'
);

CREATE VIEW `motor` AS
SELECT `device`, `temp`, `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL;

-- stream current
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `current_messages` (
  `device` STRING,
  `amps` DOUBLE,
  `ts` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`ts`, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/current.json',
  'format' = 'json'
);

CREATE VIEW `current` AS
SELECT `device`, `amps`, `time`
FROM `current_messages`
WHERE `device` IS NOT NULL;

-- stream pairs
-- Rows at one instant are paired whatever their order; there is no bound on rows that wait.
CREATE VIEW `pairs` AS
SELECT
  `device`,
  `time`,
  `row_time`,
  `temp`,
  `amps`,
  CAST(`c_time` AS TIMESTAMP_LTZ(3)) AS `measured`
FROM (
  SELECT
    `left`.`device` AS `device`,
    CAST(GREATEST(`left`.`time`, `right`.`time`) AS TIMESTAMP_LTZ(3)) AS `time`,
    `left`.`time` AS `row_time`,
    `left`.`temp` AS `temp`,
    `right`.`amps` AS `amps`,
    CAST(`right`.`time` AS TIMESTAMP_LTZ(3)) AS `c_time`
  FROM `motor` AS `left`
  JOIN `current` AS `right`
    ON `left`.`device` = `right`.`device`
    AND `right`.`time` BETWEEN `left`.`time` - INTERVAL '1.999' SECOND AND `left`.`time` + INTERVAL '1.999' SECOND
)
WHERE `temp` > 50;

-- stream before
-- Rows at one instant are paired whatever their order; there is no bound on rows that wait.
CREATE VIEW `before` AS
SELECT
  `device`,
  `time`,
  `temp`,
  COALESCE(`amps`, 0) AS `amps`
FROM (
  SELECT
    `left`.`device` AS `device`,
    `left`.`time` AS `time`,
    `left`.`temp` AS `temp`,
    `right`.`amps` AS `amps`
  FROM `motor` AS `left`
  LEFT JOIN `current` AS `right`
    ON `left`.`device` = `right`.`device`
    AND `right`.`time` BETWEEN `left`.`time` - INTERVAL '1.999' SECOND AND `left`.`time`
);

-- stream alone
-- Rows at one instant are paired whatever their order; there is no bound on rows that wait.
CREATE VIEW `alone` AS
SELECT `device`, `time`, `row_time`, `temp`
FROM (
  SELECT
    `left`.`device` AS `device`,
    CAST(`left`.`time` + INTERVAL '2' SECOND AS TIMESTAMP_LTZ(3)) AS `time`,
    `left`.`time` AS `row_time`,
    `left`.`temp` AS `temp`
  FROM `motor` AS `left`
  LEFT JOIN `current` AS `right`
    ON `left`.`device` = `right`.`device`
    AND `right`.`time` BETWEEN `left`.`time` AND `left`.`time` + INTERVAL '1.999' SECOND
  WHERE `right`.`time` IS NULL
);

-- stream latest
-- Rows at one instant are paired whatever their order; there is no bound on rows that wait.
CREATE VIEW `latest_latest` AS
SELECT `device`, `amps`, `time`
FROM (
  SELECT `device`, `amps`, `time`, ROW_NUMBER() OVER (PARTITION BY `device` ORDER BY `time` DESC) AS `newest`
  FROM (
    SELECT
      `device`,
      `amps`,
      `time`,
      COUNT(*) OVER `so_far` AS `number`
    FROM `current`
    WINDOW `so_far` AS (PARTITION BY `device` ORDER BY `time` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
  )
  WHERE `number` > 0
)
WHERE `newest` = 1;

CREATE VIEW `latest` AS
SELECT `device`, `time`, `temp`, `amps`
FROM (
  SELECT
    `left`.`device` AS `device`,
    `left`.`time` AS `time`,
    `left`.`temp` AS `temp`,
    CASE WHEN `right`.`time` > `left`.`time` - INTERVAL '1' MINUTE THEN `right`.`amps` END AS `amps`
  FROM `motor` AS `left`
  LEFT JOIN `latest_latest` FOR SYSTEM_TIME AS OF `left`.`time` AS `right`
    ON `left`.`device` = `right`.`device`
);
