import { setTimeout as delay } from 'node:timers/promises';
import type { JournalOptions } from '../connectors/journal/journal-options.ts';
import { JournalWriter } from '../connectors/journal/journal-writer.ts';
import type { MemoryConnector } from '../connectors/memory/index.ts';
import type { Plan, SourceNode } from '../dsl/plan.ts';
import { MillraceError } from '../engine/errors.ts';

/** An event of the program, as JSON would have it: the stream's declarations say what is read of it. */
export type ProgramEvent = Readonly<Record<string, unknown>>;

/** Ways by which the program's own events come into a run: `from memory` and `from journal`. */
export class Inboxes {
  readonly #streams: ReadonlyMap<string, SourceNode>;
  readonly #memory: MemoryConnector;
  readonly #journals: JournalOptions;
  readonly #writers = new Map<string, Promise<JournalWriter>>();
  readonly #ending = new AbortController();
  readonly #ticking: NodeJS.Timeout;
  #lastArrivalUs = 0;

  constructor(options: { readonly plan: Plan; readonly memory: MemoryConnector; readonly journals: JournalOptions }) {
    const sources = options.plan.nodes.filter(node => node.kind === 'source');
    this.#streams = new Map(sources.map(node => [node.id, node]));
    this.#memory = options.memory;
    this.#journals = options.journals;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS); // it also keeps the process alive, whatever the run waits for
  }

  async push(stream: string, events: readonly ProgramEvent[]): Promise<void> {
    const node = this.#stream(stream);
    if (this.#ending.signal.aborted) throw endedError(stream);
    if (node.connector === 'journal') {
      const writer = await (this.#writers.get(node.address) ?? this.#open(node.address));
      await writer.append(events.map(event => Buffer.from(JSON.stringify(event))));
      return;
    }
    const channel = this.#memory.channel(node.address);
    if (channel.isEnded) throw endedError(stream);
    await this.#orEnded(stream, channel.pushAndTake(events, { arrivalUs: this.#arrivalUs() }));
  }

  finish(stream: string): void {
    const node = this.#stream(stream);
    if (node.connector === 'memory') return this.#memory.channel(node.address).end();
    throw new MillraceError('MR7202', `${stream} is read from a journal, which has no end`, {
      hint: 'stop the run: `await run.stop()`',
    });
  }

  /** What waits to be taken never will be. */
  async close(): Promise<void> {
    this.#ending.abort();
    clearInterval(this.#ticking);
    await Promise.all([...this.#writers.values()].map(async opening => await (await opening).close()));
  }

  /** Of a stream that is quiet: time goes on. A journal's writer does the same. */
  #tick(): void {
    for (const { connector, address } of this.#streams.values()) {
      const channel = connector === 'memory' ? this.#memory.channel(address) : undefined;
      if (channel !== undefined && channel.size === 0 && !channel.isEnded) void channel.tick(this.#arrivalUs());
    }
  }

  /** It never falls, whatever the clock does. */
  #arrivalUs(): number {
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, Date.now() * 1000);
    return this.#lastArrivalUs;
  }

  #open(name: string): Promise<JournalWriter> {
    const opening = JournalWriter.open({ ...this.#journals, name, nowUs: () => Date.now() * 1000 });
    this.#writers.set(name, opening);
    opening.catch(() => this.#writers.delete(name)); // the next push tries again
    return opening;
  }

  #stream(stream: string): SourceNode {
    const node = this.#streams.get(stream);
    if (node?.connector === 'memory' || node?.connector === 'journal') return node;
    const [message, hint] =
      node === undefined
        ? [`there is no source stream ${stream}`, `the streams are ${[...this.#streams.keys()].join(', ')}`]
        : [`${stream} is read from ${node.connector}, and not from this program`, 'declare it `from memory "name"`'];
    throw new MillraceError('MR7202', message, { hint });
  }

  async #orEnded(stream: string, taken: Promise<void>): Promise<void> {
    const { signal } = this.#ending;
    const ended = Promise.withResolvers<never>();
    const onEnd = () => ended.reject(endedError(stream));
    signal.addEventListener('abort', onEnd, { once: true });
    try {
      await Promise.race([taken, ended.promise]);
    } finally {
      signal.removeEventListener('abort', onEnd);
    }
  }
}

const TICK_MS = 1000;

/** Aborted, it is over earlier. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

function endedError(stream: string): MillraceError {
  return new MillraceError('MR7203', `the run takes no more events of ${stream}`, {
    hint: 'events of a push that fails so may be missing: push them to the next run, or read them `from journal`',
  });
}
