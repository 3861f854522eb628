-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `temp` DOUBLE,
  `rms` DOUBLE,
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
SELECT `device`, `temp`, `rms`, `state`, `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL;

-- stream visit
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `visit_messages` (
  `device` STRING,
  `kind` STRING,
  `ts` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`ts`, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/visits.json',
  'format' = 'json'
);

CREATE VIEW `visit` AS
SELECT `device`, `kind`, `time`
FROM `visit_messages`
WHERE `device` IS NOT NULL;

-- stream wear
-- Events at one instant are in order of arrival; there is no bound on partial matches.
CREATE VIEW `wear` AS
SELECT
  `device`,
  `time`,
  `row_time`,
  CAST(`a_time` AS TIMESTAMP_LTZ(3)) AS `since`,
  `a_temp` AS `temp`,
  `b_rms` AS `rms`
FROM `motor` MATCH_RECOGNIZE (
  PARTITION BY `device`
  ORDER BY `time`
  MEASURES
    CAST(`a`.`time` AS TIMESTAMP_LTZ(3)) AS `a_time`,
    `a`.`temp` AS `a_temp`,
    `b`.`rms` AS `b_rms`,
    CAST(LAST(`b`.`time`) AS TIMESTAMP_LTZ(3)) AS `time`,
    MATCH_ROWTIME() AS `row_time`
  ONE ROW PER MATCH
  AFTER MATCH SKIP TO NEXT ROW
  PATTERN (`a` `until_b`* `b`) WITHIN INTERVAL '10' SECOND
  DEFINE
    `a` AS `a`.`temp` > 90,
    `until_b` AS (`until_b`.`rms` > 9.5) IS NOT TRUE,
    `b` AS `b`.`rms` > 9.5
);

-- stream growing
-- Events at one instant are in order of arrival; there is no bound on partial matches.
CREATE VIEW `growing` AS
SELECT
  `device`,
  `time`,
  `row_time`,
  `avg_b_rms` AS `mean`,
  `min_b_rms` AS `least`,
  `count_b` AS `n`,
  `b_first_temp` AS `first`,
  `b_2_temp` AS `second`
FROM `motor` MATCH_RECOGNIZE (
  PARTITION BY `device`
  ORDER BY `time`
  MEASURES
    (COALESCE(`b`.`rms`, 0) + COALESCE(`b_2`.`rms`, 0) + COALESCE(`b_3`.`rms`, 0)) / NULLIF((CASE WHEN `b`.`rms` IS NULL THEN 0 ELSE 1 END + CASE WHEN `b_2`.`rms` IS NULL THEN 0 ELSE 1 END + CASE WHEN `b_3`.`rms` IS NULL THEN 0 ELSE 1 END), 0) AS `avg_b_rms`,
    LEAST(COALESCE(`b`.`rms`, `b_2`.`rms`, `b_3`.`rms`), COALESCE(`b_2`.`rms`, `b_3`.`rms`, `b`.`rms`), COALESCE(`b_3`.`rms`, `b`.`rms`, `b_2`.`rms`)) AS `min_b_rms`,
    3 AS `count_b`,
    `b`.`temp` AS `b_first_temp`,
    `b_2`.`temp` AS `b_2_temp`,
    CAST(LAST(`b_3`.`time`) AS TIMESTAMP_LTZ(3)) AS `time`,
    MATCH_ROWTIME() AS `row_time`
  ONE ROW PER MATCH
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN (`a` `until_b`* `b` `until_b_2`* `b_2` `until_b_3`* `b_3`) WITHIN INTERVAL '1' HOUR
  DEFINE
    `a` AS `a`.`temp` > 50,
    `until_b` AS (`until_b`.`rms` > `a`.`rms` * 2) IS NOT TRUE AND (`until_b`.`state` = 'off') IS NOT TRUE,
    `b` AS `b`.`rms` > `a`.`rms` * 2 AND (`b`.`state` = 'off') IS NOT TRUE,
    `until_b_2` AS (`until_b_2`.`rms` > `a`.`rms` * 2) IS NOT TRUE AND (`until_b_2`.`state` = 'off') IS NOT TRUE,
    `b_2` AS `b_2`.`rms` > `a`.`rms` * 2 AND (`b_2`.`state` = 'off') IS NOT TRUE,
    `until_b_3` AS (`until_b_3`.`rms` > `a`.`rms` * 2) IS NOT TRUE AND (`until_b_3`.`state` = 'off') IS NOT TRUE,
    `b_3` AS `b_3`.`rms` > `a`.`rms` * 2
);

-- stream burst
-- Events at one instant are in order of arrival; there is no bound on partial matches.
CREATE VIEW `burst` AS
SELECT
  `device`,
  `time`,
  `row_time`,
  `max_b_temp` AS `top`,
  `b_last_temp` AS `last`
FROM `motor` MATCH_RECOGNIZE (
  PARTITION BY `device`
  ORDER BY `time`
  MEASURES
    MAX(`b`.`temp`) AS `max_b_temp`,
    LAST(`b`.`temp`) AS `b_last_temp`,
    CAST(LAST(`c`.`time`) AS TIMESTAMP_LTZ(3)) AS `time`,
    MATCH_ROWTIME() AS `row_time`
  ONE ROW PER MATCH
  AFTER MATCH SKIP TO NEXT ROW
  PATTERN (`a` `b`{2,5} `c`) WITHIN INTERVAL '1' MINUTE
  DEFINE
    `a` AS `a`.`temp` < 50,
    `b` AS `b`.`temp` > 50 AND (LAST(`b`.`time`, 2) IS NULL OR (`b`.`temp` < 50) IS NOT TRUE),
    `c` AS `c`.`temp` < 50
);

-- stream unattended
-- Events at one instant are in order of arrival; there is no bound on partial matches.
-- Events of several streams at one instant are in order of arrival, not of the file.
CREATE VIEW `unattended_input` AS
SELECT
  `device`,
  `time`,
  `motor_motor_temp_90`,
  `motor_motor_rms_9`,
  `motor_motor_temp_95`,
  `motor_temp`,
  `visit_visit_kind_inspection`,
  `motor_here`,
  `visit_here`
FROM (
  SELECT
    `device`,
    `time`,
    `temp` > 90 AS `motor_motor_temp_90`,
    `rms` > 9 AS `motor_motor_rms_9`,
    `temp` > 95 AS `motor_motor_temp_95`,
    `temp` AS `motor_temp`,
    CAST(NULL AS BOOLEAN) AS `visit_visit_kind_inspection`,
    TRUE AS `motor_here`,
    FALSE AS `visit_here`
  FROM `motor`
  UNION ALL
  SELECT
    `device`,
    `time`,
    CAST(NULL AS BOOLEAN) AS `motor_motor_temp_90`,
    CAST(NULL AS BOOLEAN) AS `motor_motor_rms_9`,
    CAST(NULL AS BOOLEAN) AS `motor_motor_temp_95`,
    CAST(NULL AS DOUBLE) AS `motor_temp`,
    `kind` = 'inspection' AS `visit_visit_kind_inspection`,
    FALSE AS `motor_here`,
    TRUE AS `visit_here`
  FROM `visit`
);

CREATE VIEW `unattended` AS
SELECT
  `device`,
  `time`,
  `row_time`,
  `c_temp` AS `temp`
FROM `unattended_input` MATCH_RECOGNIZE (
  PARTITION BY `device`
  ORDER BY `time`
  MEASURES
    `c`.`motor_temp` AS `c_temp`,
    CAST(LAST(`c`.`time`) AS TIMESTAMP_LTZ(3)) AS `time`,
    MATCH_ROWTIME() AS `row_time`
  ONE ROW PER MATCH
  AFTER MATCH SKIP TO NEXT ROW
  PATTERN (`a` `until_b`* `b` `until_c`* `c`) WITHIN INTERVAL '1' HOUR
  DEFINE
    `a` AS `a`.`motor_here` AND `a`.`motor_motor_temp_90`,
    `until_b` AS (`until_b`.`motor_here` AND `until_b`.`motor_motor_rms_9`) IS NOT TRUE AND (`until_b`.`visit_here` AND `until_b`.`visit_visit_kind_inspection`) IS NOT TRUE,
    `b` AS `b`.`motor_here` AND `b`.`motor_motor_rms_9`,
    `until_c` AS (`until_c`.`motor_here` AND `until_c`.`motor_motor_temp_95`) IS NOT TRUE,
    `c` AS `c`.`motor_here` AND `c`.`motor_motor_temp_95`
);
