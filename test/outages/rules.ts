/** What every run of this folder reads of each message. */
export const READ = `
stream motor from nats "plant.*.motor" json {
  key device: symbol = subject[2]
  temp: float degC
  rms: float
  time ts as ms
  lateness 2s
}
rule hot on motor { high when temp > 85 degC for 3s  clear when temp < 80 degC  message "{device} is at {temp}" }
`;

/** And what it publishes and keeps. */
export const RULES = `${READ}
route alerts to nats "alerts.{device}.{severity}"
store motor keep 3650d
stream motor_10s = from motor window tumbling 10s
  select avg(temp) as temp_avg, sum(rms) as rms_sum, min(temp) as low, max(temp) as high, first(rms) as rms_first,
    last(rms) as rms_last, count() as n
store motor_10s keep 3650d
`;
