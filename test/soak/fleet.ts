/** The input of the soak: devices that come, go and come back, at full speed and in real time. */

const CYCLE_MS = 120_000; // in which every device leaves and comes back: it is away for a third of it
const LATENESS_MS = 500;

/** A message of one of so many devices that are there now, a little behind its time; half as many more are away. */
export function deviceMessage(
  n: number,
  { nowMs, devices }: { readonly nowMs: number; readonly devices: number },
): string {
  const allDevices = devices * 1.5;
  const firstDevice = Math.floor(((nowMs % CYCLE_MS) / CYCLE_MS) * allDevices);
  const device = (firstDevice + ((Math.imul(n, STEP) >>> 0) % devices)) % allDevices;
  const timeMs = nowMs - (n % 10 === 0 ? n % LATENESS_MS : 0);
  const wave = 70 + 12 * Math.sin(nowMs / 20_000 + device);
  const temp = Math.round(100 * (wave + (n % 97) / 12)) / 100;
  return `{"device":"plant-7/line-${device % 40}/${device}","temp":${temp},"rms":${n % 23},"ts":${timeMs}}`;
}

/** Panes, ranges, patterns, joins and rules over all of it that give little: what is measured is what Millrace keeps, not what it writes. */
export const RULES = `
stream motor from journal "motor" json {
  key device: symbol
  temp: float degC
  rms:  float mm/s
  time ts as ms
  lateness 1s  idle 5s  expire 10s
}
stream motor_5s = from motor window tumbling 5s
  select avg(temp) as temp_avg, max(rms) as rms_max, p95(temp) as temp_p95, count() as n
  having max(temp) > 89.9 degC and count() > 8
stream motor_10s = from motor window hopping 10s every 2s
  select stddev(temp) as spread, count() as n
  having stddev(temp) > 14 K

rule hot on motor {
  high when temp > 89.5 degC and avg(temp, 5s) > 86 degC for 1s
  clear when temp < 80 degC for 2s
  cooldown 5s
  message "{device} is at {temp}"
}
rule shaking on motor { medium when avg(rms, 10s) > 21 mm/s and count(rms, 10s) > 4  clear after 5s }
rule jump on motor { low when temp - prev(temp) > 30 K }
rule strained on a: motor[temp > 89.5 degC]+ -> b: motor[rms > 21 mm/s]{2} within 3s unless motor[temp < 75 degC] max 50 partial {
  medium
  clear after 5s
  suppress when alert("hot", a.last.device)
}

stream hottest = from motor where temp > 89.8 degC select temp
stream shaken = from motor where rms > 21 mm/s select rms
stream both = from hottest join shaken within 1s around select temp, rms
stream both_10s = from both window tumbling 10s select count() as n having count() > 10
stream beside = from hottest left join shaken latest within 5s select temp, rms
stream beside_10s = from beside window tumbling 10s select count() as n having count() > 20

route motor_5s to file "motor-5s.ndjson"
route motor_10s to file "motor-10s.csv"
route both_10s to file "both-10s.csv"
route beside_10s to file "beside-10s.csv"
route alerts to file "alerts.ndjson"
`;

const STEP = 2_654_435_761; // of Fibonacci hashing: neighbours are far from each other
