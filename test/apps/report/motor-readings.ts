/** Rules and readings whose report has something of everything: limits, a detector, several keys, one of them hostile. */
export const HOSTILE = '<img src=x onerror="pwned=1">';

export const RULES = `
stream motor from file "readings.csv" {
  key device: symbol
  temp: float degC
  rms: float mm/s
  time at as iso
}
rule overheating on motor {
  high when temp > 85 degC for 30s
  critical when temp > 95 degC for 30s
  clear when temp < 80 degC for 1m
  message "{device} is at {temp}"
}
rule odd_vibration on motor {
  medium when zscore(rms, 10m) > 8
  clear after 30s
  message "{device} vibrates at {rms}"
}
`;

const DEVICES = ['m1', 'm2', HOSTILE, 'm4'];
const COUNT = 720; // two hours, a reading each ten seconds
const START_MS = Date.UTC(2025, 2, 10, 8);

/** What has no commas and quotes stands as it is in CSV. */
export const READINGS = [
  'at,device,temp,rms',
  ...Array.from({ length: COUNT }, (_, at) => DEVICES.map((device, place) => line(at, device, place))).flat(),
  '',
].join('\n');

function line(at: number, device: string, place: number): string {
  const isHot = place !== 1 && at > 300 + 60 * place && at < 400 + 60 * place;
  const temp = 70 + 4 * Math.sin(at / 25 + place) + (isHot ? 18 + (place === 2 ? 12 : 0) : 0);
  const rms = 2 + 0.2 * Math.sin(at * 1.7 + place) + (place === 1 && at === 500 ? 5 : 0);
  const time = new Date(START_MS + at * 10_000).toISOString();
  return `${time},"${device.replaceAll('"', '""')}",${temp.toFixed(2)},${rms.toFixed(3)}`;
}
