-- Flink SQL, made from rules by `millrace export`. Where results differ: docs/flink.md.
-- Panes and hours are those of this zone.
SET 'table.local-time-zone' = 'UTC';

-- left out: stream arriving
--   the field `took` of type duration: Flink reads other spellings of it
--   time of arrival: Flink records none: name the field that says the time, `time ts as ms`
--   `unique`: it goes by arrival, which Flink does not record

-- left out: stream clock
--   the field `time`: views of the script have the time of events under this name

-- left out: stream rated
--   the look-up `devices[…]`: a row as of an event's time needs a changelog in Flink

-- left out: stream behind
--   it reads rated

-- left out: stream local
--   panes of 1d in Europe/Berlin: the panes of all Flink's windows follow one zone, which the script sets to UTC
--   the aggregate `slope(temp)`: Flink SQL has no such aggregate

-- left out: stream odd
--   panes of 10s every 3s: in Flink the size of a hopping window is a multiple of its step

-- left out: stream early
--   `emit every`: rows of open panes replace each other in Flink

-- left out: stream ninety
--   it reads early

-- left out: stream uneven
--   panes of 1m30s over other panes: Flink takes their end for their time

-- left out: stream cycle
--   a state window: Flink has no windows that a condition closes

-- left out: stream places
--   sessions by several fields: Flink 2.3 does not read views of them back

-- left out: stream sessions
--   `max` of a session: sessions in Flink end by their gap only

-- left out: stream good
--   the last 10 good readings: Flink counts the others, too: filter them by `where` before
--   `hour_of_day(time, "Europe/Berlin")`: Flink SQL has no such function
--   `text(temp)`: Flink SQL has no such function

-- left out: stream late_ones
--   `late` and `rejected` streams: Flink drops what is late, and its formats what they cannot read

-- left out: stream absent
--   `not … for` as a step: MATCH_RECOGNIZE sees nothing where no event comes

-- left out: stream choice
--   `or` between steps: Flink has no alternatives in patterns

-- left out: stream some
--   the step `b` of 2 to 4 events: Flink has no groups in patterns: events that are left out between would be lost to the step

-- left out: stream group
--   `within` of a part of a pattern: MATCH_RECOGNIZE has one for the whole

-- left out: stream behind_matches
--   a look back over 1h over matches: Flink gives a match when those that began before it are over, not when it is complete

-- left out: stream behind_pairs
--   panes of 1m over pairs: Flink has no time for a pair but that of one of its rows

-- left out: stream joined_panes
--   a join of rows of panes or matches: Flink has another time for them than rules have

-- left out: stream passed_over
--   `~>` between readings that have a quality: those that are not good would stand between in Flink

-- left out: stream missed
--   `on timeout`: MATCH_RECOGNIZE gives nothing for what did not complete

-- left out: rule held
--   `for 30s`: Flink SQL has no timers: nothing happens between events
--   `gap 5s`: Flink SQL has no timers: nothing happens between events
--   `clear … for 1m`: Flink SQL has no timers: nothing happens between events
--   `while`: Flink SQL has no timers: nothing happens between events
--   `cooldown 10m`: Flink SQL has no timers: nothing happens between events
--   `escalate`: Flink SQL has no timers: nothing happens between events
--   `latch`: nobody acknowledges anything in Flink
--   `quality … else unknown`: the last known truth is what Flink has

-- left out: rule after
--   `clear after 5m`: Flink SQL has no timers: nothing happens between events

-- left out: rule shaped
--   `rising`: what the last readings look like is not written as SQL
--   `crosses`: what the last readings look like is not written as SQL

-- left out: rule suppressed
--   `suppress when`: whether other alerts fire is known where all alerts come together

-- left out: rule quiet
--   `silence`: Flink SQL sees nothing where no event comes

-- left out: rule worn
--   `clear after 1m`: Flink SQL has no timers: nothing happens between events
--   a rule on a pattern: Flink SQL has no timers: nothing happens between events
--   a rule over matches: Flink gives a match when those that began before it are over, not when it is complete

-- left out: store late_ones
--   it reads late_ones

-- left out: route behind
--   it reads behind

-- stream motor
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `motor_messages` (
  `device` STRING,
  `temp` DOUBLE,
  `state` STRING,
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
  `state`,
  COALESCE(`q`, 'good') AS `q`,
  `time`
FROM `motor_messages`
WHERE `device` IS NOT NULL;

-- stream minute
-- A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.
CREATE VIEW `minute` AS
SELECT
  `device`,
  CAST(`window_start` AS TIMESTAMP_LTZ(3)) AS `time`,
  `window_time` AS `row_time`,
  COUNT(*) AS `n`
FROM TABLE(TUMBLE(TABLE `motor`, DESCRIPTOR(`time`), INTERVAL '1' MINUTE))
GROUP BY `device`, `window_start`, `window_end`, `window_time`;

-- stream matched
-- Events at one instant are in order of arrival; there is no bound on partial matches.
CREATE VIEW `matched` AS
SELECT
  `device`,
  `time`,
  `row_time`,
  `a_temp` AS `temp`
FROM `motor` MATCH_RECOGNIZE (
  PARTITION BY `device`
  ORDER BY `time`
  MEASURES
    `a`.`temp` AS `a_temp`,
    CAST(LAST(`b`.`time`) AS TIMESTAMP_LTZ(3)) AS `time`,
    MATCH_ROWTIME() AS `row_time`
  ONE ROW PER MATCH
  AFTER MATCH SKIP TO NEXT ROW
  PATTERN (`a` `until_b`* `b`) WITHIN INTERVAL '5' MINUTE
  DEFINE
    `a` AS `a`.`q` = 'good' AND `a`.`temp` > 90,
    `until_b` AS (`until_b`.`q` = 'good' AND `until_b`.`temp` < 50) IS NOT TRUE,
    `b` AS `b`.`q` = 'good' AND `b`.`temp` < 50
);

-- stream other
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `other_messages` (
  `device` STRING,
  `load` DOUBLE,
  `ts` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`ts`, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/other.json',
  'format' = 'json'
);

CREATE VIEW `other` AS
SELECT `device`, `load`, `time`
FROM `other_messages`
WHERE `device` IS NOT NULL;

-- stream paired
-- Rows at one instant are paired whatever their order; there is no bound on rows that wait.
CREATE VIEW `paired` AS
SELECT `device`, `time`, `row_time`, `temp`, `load`
FROM (
  SELECT
    `left`.`device` AS `device`,
    CAST(GREATEST(`left`.`time`, `right`.`time`) AS TIMESTAMP_LTZ(3)) AS `time`,
    `left`.`time` AS `row_time`,
    `left`.`temp` AS `temp`,
    `right`.`load` AS `load`
  FROM `motor` AS `left`
  JOIN `other` AS `right`
    ON `left`.`device` = `right`.`device`
    AND `right`.`time` BETWEEN `left`.`time` - INTERVAL '1.999' SECOND AND `left`.`time` + INTERVAL '1.999' SECOND
);

-- stream gauge
-- One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.
CREATE TABLE `gauge_messages` (
  `device` STRING,
  `bar` DOUBLE,
  `q` STRING,
  `ts` BIGINT,
  `time` AS TO_TIMESTAMP_LTZ(`ts`, 3),
  WATERMARK FOR `time` AS `time` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'rules/gauge.json',
  'format' = 'json'
);

CREATE VIEW `gauge` AS
SELECT
  `device`,
  `bar`,
  COALESCE(`q`, 'good') AS `q`,
  `time`
FROM `gauge_messages`
WHERE `device` IS NOT NULL;
