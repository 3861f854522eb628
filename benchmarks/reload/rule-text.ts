/** Rules on one stream, of four kinds in turn; an edition changes one of a hundred. */
export function ruleText({ rules, edition }: { readonly rules: number; readonly edition: number }): string {
  const texts = Array.from({ length: rules }, (_, i) => ruleOf(i, i % 100 === 0 ? edition : 0));
  return `${STREAMS}${texts.join('\n')}\n`;
}

/** `more` changes what it means, and no state. */
function ruleOf(i: number, more: number): string {
  switch (i % 4) {
    case 0:
      return `rule hot_${i} on motor { high when temp > ${90 + (i % 40)} degC for ${5 + more + (i % 50)}s  clear when temp < ${60 + (i % 10)} degC for 1m  message "Motor {device} is at {temp}" }`;
    case 1:
      return `rule device_${i} on motor { high when device == "d${i}" and temp > ${85 + more} degC for 30s }`;
    case 2:
      return `rule jump_${i} on motor { medium when temp > avg(temp, ${1 + (i % 100)}m) + ${50 + more} K }`;
    default:
      return `rule mean_${i} on motor_1m { low when temp_avg > ${90 + (i % 50) + more} degC and n > 3 }`;
  }
}

const STREAMS = `stream motor from nats "bench.*.motor" json {
  key device: symbol = subject[2]
  temp: float degC
  rms: float mm/s
  time ts as ms
  lateness 1s
}
stream motor_1m = from motor window tumbling 1m select avg(temp) as temp_avg, p95(rms) as rms_p95, count() as n
`;
