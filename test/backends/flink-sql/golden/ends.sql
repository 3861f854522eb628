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

-- stream minute
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
CREATE VIEW `minute` AS
SELECT
  `device`,
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  CAST(`window_end` AS TIMESTAMP_LTZ(3)) AS `until`,
  MAX(`temp`) AS `hottest`
FROM TABLE(TUMBLE(TABLE `motor`, DESCRIPTOR(`time`), INTERVAL '1' MINUTE))
GROUP BY `device`, `window_start`, `window_end`, `window_time`;

-- store motor
CREATE TABLE `motor_store` (
  `device` STRING,
  `temp` DOUBLE,
  `time` TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'filesystem',
  'path' = 'motor_store',
  'format' = 'json'
);

-- store minute
CREATE TABLE `minute_store` (
  `device` STRING,
  `time` TIMESTAMP_LTZ(3),
  `until` TIMESTAMP_LTZ(3),
  `hottest` DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 'minute_store',
  'format' = 'json'
);

-- route minute to file
CREATE TABLE `minute_to_file` (
  `device` STRING,
  `time` TIMESTAMP_LTZ(3),
  `until` TIMESTAMP_LTZ(3),
  `hottest` DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 'minute_to_file',
  'format' = 'json'
);

-- route minute to nats
CREATE TABLE `minute_to_nats` (
  `device` STRING,
  `time` TIMESTAMP_LTZ(3),
  `until` TIMESTAMP_LTZ(3),
  `hottest` DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 'minute_to_nats',
  'format' = 'json'
);

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO `motor_store`
  SELECT `device`, `temp`, `time`
  FROM `motor`;

  INSERT INTO `minute_store`
  SELECT `device`, `time`, `until`, `hottest`
  FROM `minute`;

  INSERT INTO `minute_to_file`
  SELECT `device`, `time`, `until`, `hottest`
  FROM `minute`
  WHERE `hottest` > 90;

  INSERT INTO `minute_to_nats`
  SELECT `device`, `time`, `until`, `hottest`
  FROM `minute`
  WHERE `hottest` > 90;
END;
