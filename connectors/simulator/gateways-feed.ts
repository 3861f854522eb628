import { DAY_SECONDS, type Fault, faultsOfDay } from './faults.ts';
import type { Feed, FeedField, RestingPlace } from './feed.ts';
import { clockErrorSeconds, silenceOf } from './gateway.ts';
import { Random } from './random.ts';
import type { SimulatorAddress } from './simulator-address.ts';
import { gatewayName, type StationLayout, stationLayout } from './station-layout.ts';

/**
 * A sign of life of every gateway each ten seconds, with what its clock is ahead of its time server. It is not kept while there is no
 * line. Any message may be a resting place: the chance of each is made of its second.
 */
export class GatewaysFeed implements Feed {
  readonly fields: readonly FeedField[];
  readonly row = new Float64Array(WIDTH);
  readonly offset = 0;
  arrivalUs = 0;
  sequence: number;
  restingPlace: RestingPlace;
  readonly #layout: StationLayout;
  readonly #startUs: number;
  readonly #endSecond: number;
  readonly #random = Random.seeded(0);
  #day = -1;
  #faults: readonly Fault[] = [];
  #second: number; // a round of all gateways, and the next of them
  #gateway: number;

  constructor(address: SimulatorAddress, from: RestingPlace | null) {
    this.#layout = stationLayout(address);
    this.#startUs = address.startUs;
    this.#endSecond = (address.days ?? Infinity) * DAY_SECONDS;
    const texts = Array.from({ length: this.#layout.gateways }, (_, gateway) => Buffer.from(gatewayName(gateway)));
    this.fields = [
      { name: 'offset', kind: 'number', at: OFFSET },
      { name: 'gateway', kind: 'text', at: GATEWAY, texts },
    ];
    this.#second = from?.second ?? 0;
    this.#gateway = Number(from?.state ?? 0);
    this.sequence = from?.sequence ?? 0;
    this.restingPlace = this.#place();
  }

  next(): boolean {
    this.restingPlace = this.#place();
    while (this.#second < this.#endSecond) {
      const [second, gateway] = [this.#second, this.#gateway];
      this.#move();
      if (this.#speak(second, gateway)) {
        this.sequence++;
        return true;
      }
    }
    return false;
  }

  #move(): void {
    this.#gateway++;
    if (this.#gateway < this.#layout.gateways) return;
    this.#gateway = 0;
    this.#second += EVERY_SECONDS;
  }

  #speak(second: number, gateway: number): boolean {
    const day = Math.floor(second / DAY_SECONDS);
    if (day !== this.#day) {
      this.#day = day;
      this.#faults = faultsOfDay(this.#layout, day);
    }
    const secondOfDay = second - day * DAY_SECONDS;
    if (silenceOf(this.#faults, { gateway, second: secondOfDay }) !== undefined) return false;
    const clockError = clockErrorSeconds(this.#faults, { gateway, second: secondOfDay });
    this.#random.seed(this.#layout.seed, second, gateway);
    // Each has its own tenth of a second, so that their order is that of their arrival.
    const sentUs =
      this.#startUs + second * 1e6 + Math.round((gateway / this.#layout.gateways) * (EVERY_SECONDS - 1) * 1e6);
    this.arrivalUs = sentUs + Math.round((0.05 + (0.04 / this.#layout.gateways) * this.#random.uniform()) * 1e6);
    this.row[OFFSET] = clockError + Math.round(20 * this.#random.normal()) / 1e3;
    this.row[GATEWAY] = gateway;
    return true;
  }

  #place(): RestingPlace {
    return { sequence: this.sequence, second: this.#second, state: String(this.#gateway) };
  }
}

const EVERY_SECONDS = 10;
const OFFSET = 0;
const GATEWAY = 1;
const WIDTH = 2;
