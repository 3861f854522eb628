import { DAY_SECONDS, type Fault, FAULT_KINDS, faultsOfDay } from './faults.ts';
import type { Feed, FeedField, RestingPlace } from './feed.ts';
import type { SimulatorAddress } from './simulator-address.ts';
import { gatewayName, pumpName, type StationLayout, stationLayout } from './station-layout.ts';

/** The truth: every fault when it begins, with when it ends and by when it must be found. No rule should read it. */
export class FaultsFeed implements Feed {
  readonly fields: readonly FeedField[];
  readonly row = new Float64Array(WIDTH);
  readonly offset = 0;
  arrivalUs = 0;
  sequence: number;
  restingPlace: RestingPlace;
  readonly #layout: StationLayout;
  readonly #startUs: number;
  readonly #endDay: number;
  #day: number;
  #faults: readonly Fault[] = [];
  #next = 0; // in #faults

  constructor(address: SimulatorAddress, from: RestingPlace | null) {
    this.#layout = stationLayout(address);
    this.#startUs = address.startUs;
    this.#endDay = address.days ?? Infinity;
    this.fields = fieldsOf(this.#layout);
    this.#day = (from?.second ?? 0) / DAY_SECONDS;
    this.sequence = from?.sequence ?? 0;
    this.restingPlace = from ?? { sequence: 0, second: 0, state: '' };
    if (this.#day < this.#endDay) this.#faults = faultsOfDay(this.#layout, this.#day);
  }

  next(): boolean {
    while (this.#next === this.#faults.length) {
      if (this.#day + 1 >= this.#endDay) return false;
      this.#day++;
      this.#faults = faultsOfDay(this.#layout, this.#day);
      this.#next = 0;
      this.restingPlace = { sequence: this.sequence, second: this.#day * DAY_SECONDS, state: '' };
    }
    this.#write(this.#faults[this.#next++]!);
    this.sequence++;
    return true;
  }

  #write({ kind, gateway, pump, fromSecond, toSecond, bySecond }: Fault): void {
    const { row } = this;
    const dayUs = this.#startUs + this.#day * DAY_SECONDS * 1e6;
    this.arrivalUs = dayUs + fromSecond * 1e6;
    row[FROM] = this.arrivalUs;
    row[TO] = dayUs + toSecond * 1e6;
    row[BY] = dayUs + bySecond * 1e6;
    row[FAULT] = FAULT_KINDS.indexOf(kind);
    row[GATEWAY] = gateway;
    row[PUMP] = pump ?? Number.NaN;
  }
}

function fieldsOf({ pumps, gateways }: StationLayout): readonly FeedField[] {
  const texts = (count: number, name: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => Buffer.from(name(index)));
  return [
    { name: 'from', kind: 'time', at: FROM },
    { name: 'to', kind: 'time', at: TO },
    { name: 'by', kind: 'time', at: BY },
    { name: 'fault', kind: 'text', at: FAULT, texts: FAULT_KINDS.map(kind => Buffer.from(kind)) },
    { name: 'gateway', kind: 'text', at: GATEWAY, texts: texts(gateways, gatewayName) },
    { name: 'pump', kind: 'text', at: PUMP, texts: texts(pumps, pumpName) },
  ];
}

const FROM = 0;
const TO = 1;
const BY = 2;
const FAULT = 3;
const GATEWAY = 4;
const PUMP = 5;
const WIDTH = 6;
