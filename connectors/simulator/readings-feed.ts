import { DeliveryQueue } from './delivery-queue.ts';
import { isStanding, standstillsOfDay } from './duty.ts';
import { DAY_SECONDS, type Fault, faultsOfDay } from './faults.ts';
import type { Feed, FeedField, RestingPlace } from './feed.ts';
import { arrivalSecond, clockErrorSeconds, isCatchingUp, isDuring, silenceOf } from './gateway.ts';
import { Pump, PUMP_STATE_SIZE } from './pump.ts';
import { Random } from './random.ts';
import { QUALITIES, SENSORS, sense } from './sensors.ts';
import type { SimulatorAddress } from './simulator-address.ts';
import { gatewayName, gatewayOf, pumpName, type StationLayout, stationLayout } from './station-layout.ts';

/**
 * A reading of every pump a second, as it comes from the gateways: with their delay, by turns, in bursts after a silence,
 * some of them twice.
 *
 * Every hour at which no gateway is catching up, what is under way arrives: from there on, the machines' state says all.
 */
export class ReadingsFeed implements Feed {
  readonly fields: readonly FeedField[];
  offset = 0;
  arrivalUs = 0;
  sequence = 0;
  restingPlace: RestingPlace;
  readonly #layout: StationLayout;
  readonly #startUs: number;
  readonly #endSecond: number;
  readonly #queue = new DeliveryQueue(WIDTH);
  readonly #reading = new Float64Array(WIDTH);
  readonly #pumpStates: Float64Array;
  readonly #stateOf: readonly Float64Array[]; // by pump, in #pumpStates
  readonly #heldUntil: Float64Array; // by gateway
  readonly #chance = new Uint32Array(4);
  readonly #random = new Random(this.#chance);
  readonly #pumps: readonly Pump[];
  readonly #phases: readonly number[]; // when in a second a pump is read
  readonly #silences: (Fault | undefined)[] = []; // by gateway, of this second
  readonly #clockErrors: number[] = [];
  #day = -1;
  #faults: readonly Fault[] = [];
  #faultOfPump: readonly (readonly Fault[])[] = [];
  #standstills: readonly ReturnType<typeof standstillsOfDay>[] = [];
  #second: number; // the next one to simulate
  #arrived: readonly number[] = [];
  #next = 0; // in #arrived

  constructor(address: SimulatorAddress, from: RestingPlace | null) {
    const layout = stationLayout(address);
    this.#layout = layout;
    this.#startUs = address.startUs;
    this.#endSecond = (address.days ?? Infinity) * DAY_SECONDS;
    this.#pumpStates = new Float64Array(layout.pumps * PUMP_STATE_SIZE);
    this.#heldUntil = new Float64Array(layout.gateways);
    const own = Random.seeded(layout.seed, 0x0e1f);
    this.#phases = Array.from({ length: layout.pumps }, () => own.uniform());
    this.#stateOf = Array.from({ length: layout.pumps }, (_, pump) =>
      this.#pumpStates.subarray(pump * PUMP_STATE_SIZE, (pump + 1) * PUMP_STATE_SIZE),
    );
    this.#pumps = this.#stateOf.map(state => new Pump(state, { own, random: this.#random }));
    this.fields = fieldsOf(layout);
    if (from === null) {
      this.#random.seed(layout.seed, 0x9a11);
      for (const pump of this.#pumps) pump.start();
    } else this.#restore(from.state);
    this.#second = from?.second ?? 0;
    this.sequence = from?.sequence ?? 0;
    this.restingPlace = this.#place();
  }

  get row(): Float64Array {
    return this.#queue.rows;
  }

  next(): boolean {
    while (this.#next === this.#arrived.length) {
      this.#queue.giveBack(this.#arrived);
      this.#arrived = NONE;
      this.#next = 0;
      if (this.#second === this.#endSecond) return false;
      if (this.#second % 3_600 === 0) this.restingPlace = this.#place();
      this.#arrived = this.#simulate();
    }
    this.offset = this.#arrived[this.#next++]!;
    // A clock of arrivals never falls, though what was under way may have been hurried.
    this.arrivalUs = Math.max(this.arrivalUs, this.#startUs + this.row[this.offset]!);
    this.sequence++;
    return true;
  }

  /** What arrives in the next second. */
  #simulate(): readonly number[] {
    const second = this.#second++;
    const day = Math.floor(second / DAY_SECONDS);
    const secondOfDay = second - day * DAY_SECONDS;
    if (day !== this.#day) this.#begin(day);
    for (let gateway = 0; gateway < this.#layout.gateways; gateway++) this.#prepare(gateway, { second, secondOfDay });
    for (let pump = 0; pump < this.#pumps.length; pump++) this.#read(pump, { second, secondOfDay });
    const isResting = (second + 1) % 3_600 === 0 && !isCatchingUp(this.#faults, secondOfDay + 1);
    return isResting ? this.#queue.takeAll() : this.#queue.take(second);
  }

  #begin(day: number): void {
    const layout = this.#layout;
    this.#day = day;
    this.#faults = faultsOfDay(layout, day);
    this.#faultOfPump = this.#pumps.map((_, pump) => this.#faults.filter(fault => fault.pump === pump));
    this.#standstills = this.#pumps.map((_, pump) => standstillsOfDay({ layout, pump, day }, this.#faults));
  }

  /** What is the same for all pumps of a gateway; now and then its radio is busy for a while, never over a full hour. */
  #prepare(gateway: number, { second, secondOfDay }: { second: number; secondOfDay: number }): void {
    this.#silences[gateway] = shifted(silenceOf(this.#faults, { gateway, second: secondOfDay }), second - secondOfDay);
    this.#clockErrors[gateway] = clockErrorSeconds(this.#faults, { gateway, second: secondOfDay });
    if (this.#random.uniform() >= HOLDS_A_SECOND || second % 3_600 > 3_480) return;
    this.#heldUntil[gateway] = second + this.#random.between(5, 40);
  }

  #read(pump: number, { second, secondOfDay }: { second: number; secondOfDay: number }): void {
    const random = this.#random;
    const gateway = gatewayOf(pump);
    const machine = this.#pumps[pump]!;
    const fault = this.#faultOfPump[pump]!.find(candidate => isDuring(candidate, secondOfDay));
    const standing = isStanding(this.#standstills[pump]!, secondOfDay);
    machine.advance({ second, secondOfDay, isStanding: standing, fault });

    const row = this.#reading;
    const state = this.#stateOf[pump]!;
    const readAt = second + this.#phases[pump]! * 0.9 + 0.002 * random.uniform();
    const silence = this.#silences[gateway];
    const arrival = arrivalSecond({ readAt, silence, heldUntil: this.#heldUntil[gateway]!, random });
    const clockError = this.#clockErrors[gateway]!;
    row[0] = Math.round(arrival * 1e6);
    row[TIME] = this.#startUs + Math.round((readAt + clockError) * 1e3) * 1e3;
    row[GATEWAY] = gateway;
    row[PUMP] = pump;
    row[STATE] = machine.speed === 0 ? 0 : standing || machine.speed < 0.68 ? 1 : 2;
    row[QUALITY] = sense(machine, { row, at: FIRST_SENSOR, state, second, fault, random });
    if (Number.isNaN(arrival)) return;
    this.#queue.put(row);
    if (random.uniform() >= REPEATS || second % 3_600 > 3_580) return;
    row[0] = Math.round((arrival + random.between(2, 10)) * 1e6); // it heard no answer, and sends it again
    this.#queue.put(row);
  }

  #place(): RestingPlace {
    if (!this.#queue.isEmpty) return this.restingPlace;
    return { sequence: this.sequence, second: this.#second, state: this.#save() };
  }

  #save(): string {
    const parts = [this.#pumpStates, this.#heldUntil, new Float64Array([this.arrivalUs]), this.#chance];
    return Buffer.concat(parts.map(part => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))).toString(
      'base64',
    );
  }

  #restore(text: string): void {
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    const numbers = new Float64Array(bytes.buffer, 0, this.#pumpStates.length + this.#heldUntil.length + 1);
    this.#pumpStates.set(numbers.subarray(0, this.#pumpStates.length));
    this.#heldUntil.set(numbers.subarray(this.#pumpStates.length, -1));
    this.arrivalUs = numbers.at(-1)!;
    this.#chance.set(new Uint32Array(bytes.buffer, numbers.byteLength, 4));
  }
}

function shifted(fault: Fault | undefined, seconds: number): Fault | undefined {
  if (fault === undefined) return undefined;
  return { ...fault, fromSecond: fault.fromSecond + seconds, toSecond: fault.toSecond + seconds };
}

function fieldsOf({ pumps, gateways }: StationLayout): readonly FeedField[] {
  return [
    { name: 'ts', kind: 'time', at: TIME },
    { name: 'gateway', kind: 'text', at: GATEWAY, texts: textsOf(gateways, gatewayName) },
    { name: 'pump', kind: 'text', at: PUMP, texts: textsOf(pumps, pumpName) },
    { name: 'state', kind: 'text', at: STATE, texts: STATES.map(text => Buffer.from(text)) },
    { name: 'quality', kind: 'text', at: QUALITY, texts: QUALITIES.map(text => Buffer.from(text)) },
    ...SENSORS.map(({ name }, index) => ({ name, kind: 'number' as const, at: FIRST_SENSOR + index })),
  ];
}

function textsOf(count: number, name: (index: number) => string): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(name(index)));
}

const STATES = ['stopped', 'changing', 'running'];
const NONE: readonly number[] = [];
const TIME = 1;
const GATEWAY = 2;
const PUMP = 3;
const STATE = 4;
const QUALITY = 5;
const FIRST_SENSOR = 6;
const WIDTH = FIRST_SENSOR + SENSORS.length;
const HOLDS_A_SECOND = 20 / 86_400;
const REPEATS = 1e-3;
