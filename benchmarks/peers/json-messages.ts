import { goldenStream, type GoldenBatch, type GoldenStream, mulberry32 } from '../golden-stream.ts';

const PRESSURE_DRAW = 2; // of the four of an event
const DRAWS = 4;

/** The events as JSON, one a message, with numbers of two decimals: byte for byte those of harness/…/GoldenStream.java. */
export function jsonMessages(stream: GoldenStream): Buffer[] {
  const pressures = pressureDraws();
  return stream.batches.flatMap(batch =>
    Array.from({ length: batch.length }, (_, row) => Buffer.from(jsonOf(batch, row, 1 + 4 * pressures()))),
  );
}

/** What the messages hold, as columns again. */
export function roundedStream(events: number): GoldenStream {
  const stream = goldenStream(events);
  const batches = stream.batches.map(batch => ({
    ...batch,
    temperature: batch.temperature.map(value => hundredths(value) / 100),
    vibration: batch.vibration.map(value => hundredths(value) / 100),
  }));
  return { ...stream, batches };
}

function jsonOf(batch: GoldenBatch, row: number, pressure: number): string {
  const { timeUs, device, temperature, vibration, status } = batch;
  const numbers = `"temperature":${decimal(temperature[row]!)},"vibration":${decimal(vibration[row]!)},"pressure":${decimal(pressure)}`;
  return `{"ts":${timeUs[row]! / 1_000},"device":"d${device[row]}",${numbers},"status":${status[row]}}`;
}

function decimal(value: number): string {
  const digits = String(hundredths(value)).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function hundredths(value: number): number {
  return Math.floor(value * 100 + 0.5);
}

/** The stream's columns have no pressure; its draws are those between. */
function pressureDraws(): () => number {
  const random = mulberry32(42);
  return () => {
    let pressure = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      const value = random();
      if (draw === PRESSURE_DRAW) pressure = value;
    }
    return pressure;
  };
}
