const DAY_US = 86_400_000_000;
const ZONES_KEPT = 1_000;
const DAYS_KEPT = 4_096;

/** What to add to UTC for local time in an IANA zone ("Europe/Berlin"), in µs; NaN for an unknown zone or a time that is none. */
export function zoneOffsetUs(timeUs: number, zone: string): number {
  if (zone === 'UTC') return 0;
  let offsets = zones.get(zone);
  if (offsets === undefined) {
    if (zones.size >= ZONES_KEPT) zones.clear(); // names can come from events
    offsets = new ZoneOffsets(zone);
    zones.set(zone, offsets);
  }
  return offsets.at(timeUs);
}

/** Intl costs microseconds, so the offset of a UTC day is kept, save of days on which it changes. */
class ZoneOffsets {
  readonly #format: Intl.DateTimeFormat | undefined;
  readonly #days = new Map<number, number>();
  #lastDay = NaN;
  #lastOffsetUs = NaN;

  constructor(zone: string) {
    this.#format = createFormat(zone);
  }

  at(timeUs: number): number {
    const day = Math.floor(timeUs / DAY_US);
    if (day === this.#lastDay) return this.#lastOffsetUs;
    let offsetUs = this.#days.get(day);
    if (offsetUs === undefined) {
      offsetUs = this.#lookUp(day * DAY_US);
      if (offsetUs !== this.#lookUp((day + 1) * DAY_US)) return this.#lookUp(timeUs);
      if (this.#days.size >= DAYS_KEPT) this.#days.clear();
      this.#days.set(day, offsetUs);
    }
    this.#lastDay = day;
    this.#lastOffsetUs = offsetUs;
    return offsetUs;
  }

  #lookUp(timeUs: number): number {
    const date = new Date(Math.floor(timeUs / 1_000));
    if (this.#format === undefined || Number.isNaN(date.getTime())) return NaN;
    // `GMT`, `GMT+02:00`, and before standard time `GMT-00:19:32`
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(this.#format.format(date));
    if (match === null) return NaN;
    const seconds = Number(match[2] ?? 0) * 3_600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    return (match[1] === '-' ? -seconds : seconds) * 1_000_000;
  }
}

const zones = new Map<string, ZoneOffsets>();

function createFormat(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    return undefined; // no such zone: RangeError
  }
}
