import { encode as encodeMessagePack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import type { GoldenStream } from '../golden-stream.ts';

export type Reading = {
  readonly ts: number;
  readonly device: string;
  readonly temperature: number;
  readonly vibration: number;
  readonly pressure: number;
  readonly status: number;
};

/** As benchmarks/readings-file.ts writes them. */
export function readingsOf(stream: GoldenStream): Reading[] {
  return stream.batches.flatMap(({ length, timeUs, device, temperature, status }) =>
    Array.from({ length }, (_, i) => ({
      ts: timeUs[i]! / 1_000,
      device: `d${device[i]}`,
      temperature: Number(temperature[i]!.toFixed(2)),
      vibration: (i % 97) / 10,
      pressure: 1 + (i % 41) / 10,
      status: status[i]!,
    })),
  );
}

export function asJson(value: Reading | readonly Reading[]): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function asJsonLines(readings: readonly Reading[]): Buffer {
  return Buffer.from(readings.map(reading => `${JSON.stringify(reading)}\n`).join(''));
}

export function asMessagePack(reading: Reading): Buffer {
  return Buffer.from(encodeMessagePack(reading));
}

export function asCbor(reading: Reading): Buffer {
  return Buffer.from(encodeCbor(reading));
}

/** As gateways send that know of no rules: numbers as they are computed, and texts, lists and objects that nobody asked for. */
export function asWideJson({ ts, device, temperature, vibration, pressure, status }: Reading, index: number): Buffer {
  const drift = index / 7;
  const event = {
    id: `6f1c2d9e-${index}`,
    ts,
    device,
    site: 'north',
    line: 4,
    firmware: '2.14.1',
    temperature: temperature + drift / 1e6,
    vibration,
    pressure: pressure / 3,
    humidity: 30 + Math.sin(index) * 20,
    tags: ['pump', 'hot', 'indoor'],
    place: { latitude: 50 + drift / 1e5, longitude: 8.25, isFixed: true },
    status,
    note: 'as "planned"',
    rpm: index % 3_000,
    current: drift % 10,
    voltage: 230 + Math.cos(index),
    power: drift % 2_000,
    energy: drift * 31,
    cycles: index,
    faults: [],
    isRunning: true,
    mode: 'auto',
    shift: null,
    uptime: index * 10,
  };
  return Buffer.from(JSON.stringify(event));
}
