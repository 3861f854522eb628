import type { OutputRow } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { shortHash } from './subject-template.ts';

/**
 * Ids that a replay gives again: of what the message says, and of the address, since one change may be published to
 * several. Where the same is said twice, the second has a number.
 *
 *     3f2a91….raised.1700000000000000.Zk3vTq9b
 *
 * How often something was said is known of the last MAX_KNOWN messages, and of MAX_KEPT behind a restart.
 */
export class MessageIds {
  readonly #suffix: string;
  readonly #known = new Map<string, number>(); // hash of what was said → how often; the oldest first

  constructor(address: string, kept: string) {
    this.#suffix = `.${shortHash(address).slice(0, 8)}`;
    for (const entry of kept.split(' ')) {
      const [hash, count] = entry.split(':');
      if (hash !== '') this.#known.set(hash!, Number(count ?? 1));
    }
  }

  ofAlert({ id, change, timeUs }: AlertChange): string {
    return this.#numbered(`${id}.${change}.${timeUs}`);
  }

  ofRow(stream: string, row: OutputRow): string {
    const { timeUs, key, values } = row;
    return this.#numbered(`${shortHash(JSON.stringify([stream, timeUs, exact(key), exact(values)]))}.row.${timeUs}`);
  }

  /** Whether it is one of this address. */
  isOwn(id: string): boolean {
    const at = id.lastIndexOf(this.#suffix);
    return at >= 0 && /^(~\d+)?$/.test(id.slice(at + this.#suffix.length));
  }

  /** For the checkpoint. */
  get kept(): string {
    const newest = [...this.#known].slice(-MAX_KEPT);
    return newest.map(([hash, count]) => (count === 1 ? hash : `${hash}:${count}`)).join(' ');
  }

  #numbered(said: string): string {
    const hash = shortHash(said).slice(0, 12);
    const count = (this.#known.get(hash) ?? 0) + 1;
    this.#known.delete(hash);
    this.#known.set(hash, count);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    return `${said}${this.#suffix}${count === 1 ? '' : `~${count}`}`;
  }
}

/** -0 and 0 are two values, and JSON has one text for them. */
function exact(members: OutputRow['values']): unknown[] {
  return Object.keys(members).map(name => [name, Object.is(members[name], -0) ? '-0' : members[name]]);
}

const MAX_KNOWN = 16_384;
const MAX_KEPT = 1_024;
