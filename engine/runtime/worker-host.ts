import type { Disk } from '../disk.ts';
import { assert } from '../errors.ts';
import { errorValue } from './error-value.ts';
import type { HostPart } from './host-part.ts';
import { PartitionHost } from './partition-host.ts';
import { PlanReaders } from './plan-readers.ts';
import { readPart, writePart } from './part-file.ts';
import { SymbolReplica } from './symbol-replica.ts';
import { buffersOf } from './transferred-buffers.ts';
import type {
  BarrierMessage,
  FromWorker,
  PartContent,
  RestoredState,
  RoundMessage,
  StartMessage,
  ToWorker,
} from './worker-protocol.ts';

type Post = (message: FromWorker, transfer: readonly ArrayBuffer[]) => void;

export type WorkerHostOptions = {
  readonly post: Post;
  readonly disk: Disk;
  readonly monotonicMs: () => number;
  /** Lets messages that wait be taken. */
  readonly giveWay: () => Promise<void>;
};

/**
 * A worker's side of the protocol: messages in, a PartitionHost, messages out. It knows no thread, so that it runs
 * wherever its messages come from.
 */
export class WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #post: Post;
  readonly #disk: Disk;
  readonly #symbols = new SymbolReplica();
  #host: PartitionHost | undefined;
  #started: Promise<void> = Promise.resolve();
  #isReady = false;
  #isFailed = false;
  #part: HostPart | undefined; // that is being saved
  #pauseMs = 0; // the longest that saving it has stopped events for

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#post = options.post;
    this.#disk = options.disk;
  }

  /** Handles messages in order; what goes wrong is told, and ends it. */
  async take(message: ToWorker): Promise<void> {
    try {
      if (message.kind === 'start') this.#started = this.#start(message);
      // A restore waits for the disk; the messages behind it wait for the restore.
      if (!this.#isReady) await this.#started;
      if (this.#isFailed) return;
      this.#handle(message);
    } catch (error) {
      this.#isFailed = true;
      this.#post({ kind: 'failed', error: errorValue(error) }, []);
    }
  }

  #handle(message: ToWorker): void {
    assert(this.#host !== undefined, 'a worker is started before it is given work');
    switch (message.kind) {
      case 'start':
        this.#isReady = true;
        this.#post({ kind: 'ready', shapes: this.#host.shapes }, []);
        return;
      case 'round':
        return this.#handleRound(this.#host, message);
      case 'barrier':
        void this.#takePart(this.#host, message);
        return;
      case 'pause':
        return this.#host.pause(message.rules);
    }
  }

  async #start(message: StartMessage): Promise<void> {
    const { workerIndex, workerCount, rowStreams, restored, symbols, literals } = message;
    this.#symbols.addLiterals(literals);
    this.#symbols.add(symbols);
    const plan = new PlanReaders(message.plan).without(new Set(message.paused));
    const host = new PartitionHost({ workerIndex, workerCount, plan, rowStreams, symbols: this.#symbols });
    if (restored !== null) await this.#restore(host, restored);
    this.#host = host;
  }

  async #restore(host: PartitionHost, { parts, kept }: RestoredState): Promise<void> {
    const contents: PartContent[] = [];
    // A part is what `takePart` gave, as its checksum says.
    for (const part of parts) contents.push((await readPart(this.#disk, part)) as PartContent);
    host.restore(contents, id => (Object.hasOwn(kept, id) ? kept[id]! : null));
  }

  #handleRound(host: PartitionHost, message: RoundMessage): void {
    this.#symbols.add(message.symbols);
    const done = host.handle(message);
    this.#notePause();
    this.#post(done, buffersOf(done.rows));
  }

  /** The state as it is now is saved in slices, and written, while further rounds are handled. */
  async #takePart(host: PartitionHost, { checkpoint, path, extent }: BarrierMessage): Promise<void> {
    try {
      const part = host.beginPart({ extent, monotonicMs: this.#options.monotonicMs });
      this.#part = part;
      this.#pauseMs = 0;
      this.#notePause();
      while (!part.isComplete) {
        await this.#options.giveWay();
        part.saveSlice();
        this.#notePause();
      }
      this.#part = undefined;
      const written = await writePart(this.#disk, path, part.content);
      this.#post({ kind: 'part', checkpoint, part: written, error: null, pauseMs: this.#pauseMs }, []);
    } catch (error) {
      this.#part = undefined;
      this.#post({ kind: 'part', checkpoint, part: null, error: errorValue(error), pauseMs: this.#pauseMs }, []);
    }
  }

  #notePause(): void {
    if (this.#part !== undefined) this.#pauseMs = Math.max(this.#pauseMs, this.#part.takeMs());
  }
}
