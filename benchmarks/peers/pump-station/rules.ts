import type { Query } from '../../throughput/query.ts';
import { PumpLoop } from './hand-loop.ts';

/**
 * The rules of examples/pump-station in what Esper has words for: limits that must hold for a time and clear at others, averages, ranges
 * and silence. Left out are levels above the first, `while` with `settle`, and what makes the readings as they come hard: order,
 * repetitions, quality.
 */
export const pumpStation: Query = {
  name: 'pump-station',
  title: 'eight rules of the pump station: held limits with hysteresis, averages, ranges, silence',
  declaration: `stream s from memory "s" {
  key device: symbol
  status:      int  // 2: running
  flow:        float m^3/h
  inlet:       float bar
  suction:     float bar
  discharge:   float bar
  current:     float A
  temperature: float degC  // of the winding
  vibration:   float mm/s
  envelope:    float m/s^2
  acoustic:    float m/s^2
  time ts as ms
}
`,
  rules: `rule dry_running on s {
  critical when status == 2 and flow < 20 m^3/h and current < 30 A for 10s
  clear    when flow > 60 m^3/h for 30s
}
rule cavitation on s {
  high  when avg(acoustic, 1m) > 2 m/s^2 for 30s
  clear when avg(acoustic, 1m) < 1.4 m/s^2 for 2m
}
rule blocked_filter on s {
  low   when avg(case when flow > 50 m^3/h then (inlet - suction) / pow(flow / 250 m^3/h, 2) end, 5m) > 0.3 bar for 5m
  clear when avg(case when flow > 50 m^3/h then (inlet - suction) / pow(flow / 250 m^3/h, 2) end, 5m) < 0.2 bar for 5m
}
rule bearing_wear on s {
  medium when avg(envelope, 10m) > 1.8 m/s^2 for 10m
  clear  when avg(envelope, 10m) < 1.4 m/s^2 for 10m
}
rule stuck_sensor on s {
  low   when status == 2 and count(current, 5m) >= 200 and (range(discharge, 5m) == 0 bar or range(current, 5m) == 0 A or range(temperature, 5m) == 0 K or range(vibration, 5m) == 0 mm/s or range(flow, 5m) == 0 m^3/h)
  clear when range(discharge, 5m) > 0 bar and range(current, 5m) > 0 A and range(temperature, 5m) > 0 K and range(vibration, 5m) > 0 mm/s and range(flow, 5m) > 0 m^3/h for 1m
}
rule vibration on s { medium when vibration > 4.5 mm/s for 1m  clear when vibration < 3.5 mm/s for 2m }
rule motor_hot on s { medium when temperature > 120 degC for 1m  clear when temperature < 110 degC for 1m }
rule silent on silence of s for 1m { high }
`,
  output: null,
  createHandLoop: () => new PumpLoop(),
};
