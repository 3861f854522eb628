import type { HistoryNode } from '../../../dsl/plan.ts';
import type { Column } from '../../batch.ts';
import type { Snapshot } from '../../operator.ts';
import { writeNull, writeNumber } from '../../state/column-writer.ts';
import { gatherFloat64, gatherUint32, scatterFloat64, scatterUint32 } from '../../state/gather.ts';
import { growFloat64, growUint32 } from '../../state/growable.ts';
import type { Past } from './past.ts';

type RunFunction = 'rising' | 'falling' | 'stays';

/** Whether a reading goes on with what those before it did. */
const GOES_ON = {
  rising: (value, last) => value > last,
  falling: (value, last) => value < last,
  stays: value => value === 1,
} satisfies Record<RunFunction, (value: number, last: number) => boolean>;

/**
 * `rising`, `falling`, `stays`: how long the run is that the newest reading is in, in readings and in time. Any reading is the first of
 * a rise or a fall; of `stays`, one that lies inside. Cost: constant per row and key, however far back is asked.
 */
export class RunOfReadings implements Past {
  readonly bytesPerKey = 2 * 4 + 3 * 8;
  readonly #goesOn: (value: number, last: number) => boolean;
  readonly #isBegunByAny: boolean;
  readonly #readings: number; // that a run has at least
  readonly #us: number; // that it lasts at least
  #seen = new Uint32Array(0); // readings of the key
  #length = new Uint32Array(0); // of the run, in readings
  #firstUs = new Float64Array(0); // of the key's first reading
  #startUs = new Float64Array(0); // of the run's
  #last = new Float64Array(0);

  constructor(name: RunFunction, { events, us }: HistoryNode) {
    this.#goesOn = GOES_ON[name];
    this.#isBegunByAny = name !== 'stays';
    this.#us = us ?? 0;
    this.#readings = us !== undefined && this.#isBegunByAny ? 2 : events; // one reading is no rise yet
  }

  reserve(keyCount: number): void {
    this.#seen = growUint32(this.#seen, keyCount);
    this.#length = growUint32(this.#length, keyCount);
    this.#firstUs = growFloat64(this.#firstUs, keyCount);
    this.#startUs = growFloat64(this.#startUs, keyCount);
    this.#last = growFloat64(this.#last, keyCount);
  }

  pass(key: number, timeUs: number, argument: Column, row: number, output: Column): void {
    const isThere = argument.valid === undefined || argument.valid[row] === 1;
    if (isThere) this.#take(key, timeUs, Number(argument.values[row]));
    this.passOver(key, timeUs, row, output);
  }

  passOver(key: number, timeUs: number, row: number, output: Column): void {
    if (!this.#reaches(this.#seen[key]!, timeUs - this.#firstUs[key]!)) writeNull(output, row);
    else writeNumber(output, row, this.#reaches(this.#length[key]!, timeUs - this.#startUs[key]!) ? 1 : 0);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return {
      seen: gatherUint32(this.#seen, keyIds),
      length: gatherUint32(this.#length, keyIds),
      firstUs: gatherFloat64(this.#firstUs, keyIds),
      startUs: gatherFloat64(this.#startUs, keyIds),
      last: gatherFloat64(this.#last, keyIds),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    scatterUint32(snapshot['seen'] as Uint32Array, keyIds, this.#seen);
    scatterUint32(snapshot['length'] as Uint32Array, keyIds, this.#length);
    scatterFloat64(snapshot['firstUs'] as Float64Array, keyIds, this.#firstUs);
    scatterFloat64(snapshot['startUs'] as Float64Array, keyIds, this.#startUs);
    scatterFloat64(snapshot['last'] as Float64Array, keyIds, this.#last);
  }

  forget(key: number): void {
    this.#seen[key] = 0;
    this.#length[key] = 0;
  }

  get stateBytes(): number {
    return this.#seen.length * this.bytesPerKey;
  }

  #take(key: number, timeUs: number, value: number): void {
    const isFirst = this.#seen[key] === 0;
    if (isFirst) this.#firstUs[key] = timeUs;
    this.#seen[key] = Math.min(this.#seen[key]! + 1, this.#readings);
    const goesOn = this.#goesOn(value, isFirst ? NaN : this.#last[key]!);
    if (!goesOn || this.#length[key] === 0) {
      this.#startUs[key] = timeUs;
      this.#length[key] = 0;
    }
    if (goesOn || this.#isBegunByAny) this.#length[key] = Math.min(this.#length[key]! + 1, this.#readings);
    this.#last[key] = value;
  }

  #reaches(readings: number, us: number): boolean {
    return readings >= this.#readings && us >= this.#us;
  }
}
