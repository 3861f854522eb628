import type { SourceField, SourceNode } from '../../dsl/plan.ts';
import { drawNormal } from '../../engine/scenario/random.ts';
import { START_US } from '../../engine/scenario/virtual-clock.ts';
import type { LogEntry } from './recorded-log.ts';

const SECOND_US = 1_000_000;
const SITES = ['north', 'south', 'east'];
const WORDS = ['running', 'stopped', 'c', 'ü, "quoted"'];
const QUALITIES = ['good', 'good', 'good', 'uncertain', 'bad'];

/** What a run's input is like; drawn, so that each run has one of its own. */
type Habits = {
  readonly keyCount: number;
  readonly messageCount: number;
  readonly meanPauseUs: number;
  readonly tieUs: number; // event times are multiples of it
  readonly lateShare: number;
  readonly futureShare: number;
  readonly brokenShare: number;
  readonly duplicateShare: number;
  readonly tickShare: number;
  readonly nullShare: number;
};

/** A device: where it is, how far behind it is, and the level about which its readings move. */
type Device = {
  readonly key: Readonly<Record<string, unknown>>;
  site: string;
  readonly delayUs: number;
  level: number;
};

/**
 * The input of one stream: devices that report in or out of order, late, twice, from the future or not at all, messages
 * that are broken or hold many events, and pauses in which only time goes on.
 */
export function generateLog(source: SourceNode, random: () => number, hasTicks: boolean): LogEntry[] {
  return new Generator(source, random).generate(hasTicks);
}

class Generator {
  readonly #source: SourceNode;
  readonly #random: () => number;
  readonly #habits: Habits;
  readonly #devices: readonly Device[];
  readonly #entries: LogEntry[] = [];
  #nowUs = START_US;

  constructor(source: SourceNode, random: () => number) {
    this.#source = source;
    this.#random = random;
    this.#habits = {
      keyCount: this.#pick([1, 3, 12, 60, 400]),
      messageCount: Math.ceil(20 * 40 ** random()),
      meanPauseUs: this.#pick([0.02, 0.2, 1]) * SECOND_US,
      tieUs: this.#pick([0.001, 0.5, 1]) * SECOND_US,
      lateShare: this.#pick([0, 0.05, 0.4]),
      futureShare: this.#pick([0, 0.01]),
      brokenShare: this.#pick([0, 0.03]),
      duplicateShare: this.#pick([0, 0.1]),
      tickShare: this.#pick([0, 0.02, 0.3]),
      nullShare: this.#pick([0, 0.1]),
    };
    this.#devices = Array.from({ length: source.key.length === 0 ? 1 : this.#habits.keyCount }, (_, i) =>
      this.#device(i),
    );
  }

  generate(hasTicks: boolean): LogEntry[] {
    const { messageCount, duplicateShare, tickShare } = this.#habits;
    for (let i = 0; i < messageCount; i++) {
      this.#wait();
      if (hasTicks && this.#random() < tickShare) this.#entries.push({ kind: 'tick', arrivalUs: this.#nowUs });
      const again =
        this.#random() < duplicateShare ? this.#entries[Math.floor(this.#random() * this.#entries.length)] : undefined;
      this.#add(again?.kind === 'message' ? again.text : this.#message());
    }
    return this.#entries;
  }

  /** Time goes on, now and then by a lot, so that devices fall silent and keys are forgotten. */
  #wait(): void {
    const isLong = this.#random() < 0.01;
    this.#nowUs += Math.floor(this.#random() * (isLong ? 150 * SECOND_US : 2 * this.#habits.meanPauseUs));
  }

  /** The clock of the transport may be set back. */
  #add(text: string): void {
    const backUs = this.#random() < 0.01 ? Math.floor(this.#random() * 5 * SECOND_US) : 0;
    this.#entries.push({ kind: 'message', arrivalUs: this.#nowUs - backUs, text });
  }

  #message(): string {
    if (this.#random() < this.#habits.brokenShare) return this.#pick(BROKEN);
    if (this.#random() > 0.1) return JSON.stringify(this.#event());
    return JSON.stringify(Array.from({ length: 1 + Math.floor(this.#random() * 8) }, () => this.#event()));
  }

  #event(): Record<string, unknown> {
    const device = this.#devices[Math.floor(this.#random() ** 2 * this.#devices.length)]!;
    if (this.#random() < 0.01) device.site = this.#pick(SITES);
    device.level += drawNormal(this.#random) - (device.level - 52) * 0.02;
    const event: Record<string, unknown> = { ts: this.#timeUs(device) / 1000 };
    for (const field of this.#source.fields) this.#put(event, field, device);
    return event;
  }

  #timeUs({ delayUs }: Device): number {
    const { lateShare, futureShare, tieUs } = this.#habits;
    let timeUs = this.#nowUs - delayUs;
    if (this.#random() < lateShare) timeUs -= this.#random() * 2 * (this.#source.latenessUs + SECOND_US);
    if (this.#random() < futureShare) timeUs += this.#random() * this.#pick([30 * SECOND_US, 2 * 86_400 * SECOND_US]);
    return Math.max(0, Math.round(timeUs / tieUs) * tieUs);
  }

  #put(event: Record<string, unknown>, field: SourceField, device: Device): void {
    const path = field.from.kind === 'path' ? field.from.path : [field.name];
    const value = this.#value(field, device);
    if (value === undefined) return;
    const into = path.slice(0, -1).reduce<Record<string, unknown>>((members, name) => {
      return (members[name] ??= {}) as Record<string, unknown>; // as: paths of these programs lead through objects
    }, event);
    into[path.at(-1)!] = value;
  }

  #value(field: SourceField, device: Device): unknown {
    if (Object.hasOwn(device.key, field.name)) return device.key[field.name];
    const draw = this.#random();
    if (draw < this.#habits.nullShare) return draw * 2 < this.#habits.nullShare ? null : undefined;
    if (draw > 1 - this.#habits.brokenShare / 4) return this.#pick([{}, 'x'.repeat(30), 1e9, 0.5]);
    switch (field.type) {
      case 'bool':
        return this.#random() < 0.7;
      case 'int':
        return Math.floor(this.#random() * 100);
      case 'symbol':
        return field.name === 'site' ? device.site : this.#pick(WORDS.slice(0, 1 + Math.floor(draw * WORDS.length)));
      case 'string':
        return this.#pick(WORDS);
      case 'quality':
        return this.#pick(QUALITIES);
      default:
        return device.level + 6 * drawNormal(this.#random);
    }
  }

  #device(index: number): Device {
    const fields = this.#source.fields.filter(field => this.#source.key.includes(field.name));
    return {
      key: Object.fromEntries(fields.map(({ name, type }) => [name, type === 'int' ? index % 3 : `${name} ${index}`])),
      site: SITES[index % SITES.length]!,
      delayUs: Math.floor(this.#random() ** 3 * 20) * SECOND_US,
      level: 40 + 20 * this.#random(),
    };
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}

const BROKEN = ['', '{', 'null', '[1, {}]', '{"ts": "soon"}', '{"id": 5}', '"text"'];
