/** The input of the kill test: readings of motors that come and go, one a millisecond of event time. */

const START_MS = Date.UTC(2025, 0, 1);
const MOTORS = 200; // at a time
const EVENTS_PER_LEAVING = 300; // after which one motor leaves and another comes
const ALL_MOTORS = 1_000; // one that has left comes back after all others
const SITES = 7;

/**
 * The nth message, from 1 on. One in ten comes up to 400 ms behind, which its stream's lateness allows, one in 1,000 comes
 * late; one in 700 is out of range, and one in 1,900 is no JSON.
 */
export function motorMessage(n: number): string {
  const motor = (Math.floor(n / EVENTS_PER_LEAVING) + Math.floor(draw(n, 1) * MOTORS)) % ALL_MOTORS;
  const behindMs = draw(n, 2) < 0.001 ? 2_000 : draw(n, 3) < 0.1 ? Math.floor(draw(n, 4) * 400) : 0;
  const wave = 78 + 12 * Math.sin(n / (2_000 + (motor % 7) * 300) + motor);
  const temp = n % 700 === 0 ? 900 : (wave + 4 * draw(n, 5)).toFixed(2);
  const message = `{"n":${n},"ts":${START_MS + n - behindMs},"device":"m${motor}","site":"s${motor % SITES}","temp":${temp}}`;
  return n % 1_900 === 0 ? message.slice(0, -1) : message;
}

/** Of a message, also one that is no JSON. */
export function numberOf(message: string): number {
  return Number(/"n":(\d+)/.exec(message)![1]);
}

/** What a run makes of them: rows of windows, of single events, of detectors and of another key, and alerts. */
export const RULES = `
stream motor from journal "motor" json {
  key device: symbol
  n:    int
  site: symbol
  temp: float degC in -40..200
  time ts as ms
  lateness 500ms  idle 1s  expire 3s
}
stream recent = from motor select n, temp, avg(temp, 2s) as temp_avg, prev(temp) as temp_before
stream scored = from motor
  select n, zscore(temp, 10s, adapt 5s) as z, mad(temp, 10s) as distance, iqr(temp, 50 events) as beyond, ewma_z(temp, 10s) as ewma,
    rate_of_change(temp, 2s) as rate, seasonal(temp, 4s) as season, holt_winters(temp, 4s) as forecast, new_range(temp) as record,
    half_space(temp, prev(temp)) as lonely, spectral(temp, 0.1 Hz, 1 Hz) as swing, discord(temp) as shape, change_point(temp) as change,
    mahalanobis(temp, prev(temp), 10s) as apart, mewma(temp, prev(temp), 10s) as together, anomaly(temp, prev(temp)) as joint
stream motor_1s = from motor window tumbling 1s select avg(temp) as temp_avg, max(temp) as temp_max, count() as n
stream site_5s = from motor window tumbling 5s by site select max(temp) as hottest, count() as n

rule hot on motor {
  high when temp > 85 degC for 300ms
  critical when avg(temp, 1s) > 90 degC
  clear when temp < 80 degC for 200ms
  cooldown 1s
  message "{device} is at {temp}"
}
rule odd on motor { medium when anomaly(temp) rarer than 1 per 10s  clear after 200ms }
rule shifted on motor { low when abs(cusum(temp, 10s)) > 5 or abs(page_hinkley(temp)) > 25 }
rule unlikely on motor { low when likelihood(abs(zscore(temp, 10s))) > 0.999  clear after 1s }
rule hangs on motor { info when flatline(temp, 200ms) }
rule rising on motor_1s { medium when temp_max - prev(temp_max) > 3 K }

route recent to file "recent.csv"
route scored to file "scored.csv"
route motor_1s to file "motor-1s.ndjson"
route site_5s to file "site-5s.ndjson"
route alerts to file "alerts.ndjson"
`;

export const OUTPUTS: readonly string[] = [
  'recent.csv',
  'scored.csv',
  'motor-1s.ndjson',
  'site-5s.ndjson',
  'alerts.ndjson',
];

/** A number in [0, 1) that depends on these two alone: the finalizer of MurmurHash3. */
function draw(n: number, salt: number): number {
  let h = Math.imul(n, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4_294_967_296;
}
