import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { GoldenStream } from './golden-stream.ts';

/** The declaration of what `writeReadings` writes. */
export const READINGS = `stream s from file "readings.csv" {
  key device: symbol  temperature: float  vibration: float  pressure: float  status: int
  time ts as ms
}
`;

/** A CSV file of readings as a logger writes them: all fields, with a few digits. */
export async function writeReadings(path: string, stream: GoldenStream): Promise<void> {
  const file = createWriteStream(path);
  file.write('ts,device,temperature,vibration,pressure,status\n');
  for (const { length, timeUs, device, temperature, status } of stream.batches) {
    let text = '';
    for (let i = 0; i < length; i++) {
      text += `${timeUs[i]! / 1_000},d${device[i]},${temperature[i]!.toFixed(2)},${(i % 97) / 10},${1 + (i % 41) / 10},${status[i]}\n`;
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
