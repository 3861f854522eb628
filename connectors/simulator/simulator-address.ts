import { parseIsoUs } from '../../engine/batch/event-time.ts';
import { MillraceError } from '../../engine/errors.ts';
import { closestName } from '../codecs/closest-name.ts';

export type StationStream = (typeof STREAMS)[number];

/** What `simulator "pump-station/readings?seed=7&days=1"` says. */
export type SimulatorAddress = {
  readonly stream: StationStream;
  readonly seed: number;
  readonly pumps: number;
  readonly startUs: number;
  /** Null: it has no end, and nothing happens before its time. */
  readonly days: number | null;
};

/** Errors: MR5400. */
export function parseSimulatorAddress(address: string): SimulatorAddress {
  const [path = '', query = ''] = address.split('?', 2);
  const [simulation, stream] = path.split('/', 2);
  if (simulation !== 'pump-station') throw unclear(address, `it simulates "pump-station"`);
  if (!isStream(stream))
    throw unclear(address, `its streams are ${STREAMS.map(name => `pump-station/${name}`).join(', ')}`);
  const settings = settingsOf(address, query);
  const startText = settings.get('start');
  const startUs = startText === undefined ? DEFAULT_START_US : parseTime(startText);
  if (!(startUs >= 0)) throw unclear(address, '`start` is a time such as 2026-03-02T00:00:00Z');
  return {
    stream,
    seed: whole(address, settings, { name: 'seed', low: 0, high: 2 ** 32 - 1, otherwise: 1 }),
    pumps: whole(address, settings, { name: 'pumps', low: 1, high: MAX_PUMPS, otherwise: 20 }),
    startUs,
    days: settings.has('days') ? whole(address, settings, { name: 'days', low: 1, high: 36_500, otherwise: 1 }) : null,
  };
}

function settingsOf(address: string, query: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const part of query.split('&').filter(text => text !== '')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals === -1 ? undefined : equals);
    if (!SETTINGS.includes(name)) {
      const guess = closestName(name, SETTINGS);
      throw unclear(
        address,
        guess === undefined ? `its settings are ${SETTINGS.join(', ')}` : `did you mean ${guess}?`,
      );
    }
    settings.set(name, equals === -1 ? '' : part.slice(equals + 1));
  }
  return settings;
}

function whole(
  address: string,
  settings: ReadonlyMap<string, string>,
  { name, low, high, otherwise }: { name: string; low: number; high: number; otherwise: number },
): number {
  const text = settings.get(name);
  if (text === undefined) return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw unclear(address, `\`${name}\` is a whole number from ${low} to ${high.toLocaleString('en')}`);
}

function parseTime(text: string): number {
  const bytes = Buffer.from(text);
  return parseIsoUs(bytes, 0, bytes.length);
}

function isStream(name: string | undefined): name is StationStream {
  return STREAMS.some(stream => stream === name);
}

function unclear(address: string, hint: string): MillraceError {
  return new MillraceError('MR5400', `${JSON.stringify(address)} names nothing that can be simulated`, { hint });
}

const STREAMS = ['readings', 'gateways', 'faults'] as const;
const SETTINGS = ['seed', 'days', 'pumps', 'start'];
const MAX_PUMPS = 1_000;
const DEFAULT_START_US = Date.UTC(2026, 2, 2) * 1000; // a Monday
