import type { SymbolTable } from '../../batch.ts';
import type { Disk } from '../../disk.ts';
import { assert } from '../../errors.ts';
import type { RunObserver } from '../../operators/run-observer.ts';
import { errorValue } from './error-value.ts';
import type { HostPart } from '../checkpoint/host-part.ts';
import { contentOf, type PartContent, type PartPiece } from '../checkpoint/part-content.ts';
import type { Vitals } from '../metrics/worker-report.ts';
import { filledContent } from '../fill/filled-content.ts';
import { loadFunctions } from './load-functions.ts';
import { PartitionHost } from './partition-host.ts';
import { PlanReaders } from './plan-readers.ts';
import { readPart, writePart } from '../checkpoint/part-file.ts';
import { SymbolReplica } from './symbol-replica.ts';
import { markState, type SymbolUse } from '../checkpoint/symbol-use.ts';
import { buffersOf } from './transferred-buffers.ts';
import type {
  BarrierMessage,
  FromWorker,
  RestoredState,
  ReviseMessage,
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
  /** Of its thread, where it has one. */
  readonly vitals?: () => Vitals;
  /** The main thread's, where it runs there; else it has a copy of what it is told. */
  readonly symbols?: SymbolTable;
  readonly observer?: RunObserver | undefined;
};

/**
 * A worker's side of the protocol: messages in, a PartitionHost, messages out. It knows no thread, so that it runs
 * wherever its messages come from.
 */
export class WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #post: Post;
  readonly #disk: Disk;
  readonly #symbols: SymbolTable;
  readonly #replica: SymbolReplica | undefined;
  #host: PartitionHost | undefined;
  /** Settles when the messages before are handled, where some wait: for a restore, or for their turn. */
  #before: Promise<void> = Promise.resolve();
  #waitingCount = 0;
  #isSaving = false;
  #isFailed = false;
  #busyMs = 0;
  #part: HostPart | undefined; // that is being saved
  #pauseMs = 0; // the longest that saving it has stopped events for

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#post = options.post;
    this.#disk = options.disk;
    if (options.symbols === undefined) this.#replica = new SymbolReplica();
    this.#symbols = options.symbols ?? this.#replica!;
  }

  /**
   * Handles messages in order; what goes wrong is told, and ends it. While a part is saved, the disk gets its turn between
   * one message and the next, however many wait.
   */
  async take(message: ToWorker): Promise<void> {
    if (message.kind !== 'start' && !this.#isSaving && this.#waitingCount === 0) {
      this.#handleOrFail(message);
      return;
    }
    this.#waitingCount++;
    this.#before = this.#before.then(async () => {
      await this.#takeInTurn(message);
      this.#waitingCount--;
    });
    await this.#before;
  }

  async #takeInTurn(message: ToWorker): Promise<void> {
    if (message.kind === 'start') return await this.#start(message).catch(error => this.#fail(error));
    await this.#options.giveWay();
    this.#handleOrFail(message);
  }

  #handleOrFail(message: Exclude<ToWorker, StartMessage>): void {
    if (this.#isFailed) return;
    try {
      this.#handle(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#isFailed = true;
    this.#post({ kind: 'failed', error: errorValue(error) }, []);
  }

  #handle(message: Exclude<ToWorker, StartMessage>): void {
    assert(this.#host !== undefined, 'a worker is started before it is given work');
    switch (message.kind) {
      case 'round':
        return this.#handleRound(this.#host, message);
      case 'entries':
        this.#replica?.free(message.freed);
        this.#replica?.add(message.symbols);
        this.#replica?.addLiterals(message.literals);
        return this.#host.hear(message.entries);
      case 'barrier':
        void this.#takePart(this.#host, message);
        return;
      case 'pause':
        return this.#host.pause(message.rules);
      case 'ask':
        return this.#report(this.#host);
      case 'revise':
        return this.#revise(this.#host, message);
    }
  }

  async #start(message: StartMessage): Promise<void> {
    const { workerIndex, workerCount, rowStreams, maxKeys, share, restored, symbols, literals } = message;
    this.#replica?.add(literals);
    this.#replica?.addLiterals(literals.ids);
    this.#replica?.add(symbols);
    const plan = new PlanReaders(message.plan).without(new Set(message.paused));
    const { monotonicMs, observer } = this.#options;
    const functions = await loadFunctions(message.functions);
    const here = { workerIndex, workerCount, plan, rowStreams, share };
    const host = new PartitionHost({ ...here, functions, maxKeys, symbols: this.#symbols, monotonicMs, observer });
    if (restored !== null) await this.#restore(host, restored);
    host.hear(message.entries);
    this.#host = host;
    const filled = Object.entries(restored?.kept ?? {}).filter(([, { isFilled }]) => isFilled === true);
    const firing = host.firingAlerts(filled.map(([id]) => id));
    this.#post({ kind: 'ready', shapes: host.shapes, firing }, []);
  }

  async #restore(host: PartitionHost, { parts, kept, filled = [] }: RestoredState): Promise<void> {
    const contents: PartContent[] = [];
    // as: a part is of what `#savePieces` gave, as its checksum says.
    for (const part of parts) contents.push(contentOf((await readPart(this.#disk, part)) as PartPiece[]));
    for (const part of filled)
      contents.push(filledContent(contentOf((await readPart(this.#disk, part)) as PartPiece[])));
    host.restore(contents, id => (Object.hasOwn(kept, id) ? kept[id]! : null));
  }

  #handleRound(host: PartitionHost, message: RoundMessage): void {
    this.#replica?.free(message.freed);
    for (const texts of message.symbols) this.#replica?.add(texts);
    const startMs = this.#options.monotonicMs();
    const done = host.handle(message);
    this.#busyMs += this.#options.monotonicMs() - startMs;
    this.#notePause();
    this.#post(done, buffersOf(done.rows));
  }

  #revise(host: PartitionHost, { step, symbols }: ReviseMessage): void {
    if (symbols !== null) this.#replica?.add(symbols);
    const answer = host.revise(step);
    this.#notePause();
    this.#post({ kind: 'revised', answer }, answer.kind === 'revised' ? buffersOf(answer.rows) : []);
  }

  #report(host: PartitionHost): void {
    const vitals = this.#options.vitals?.() ?? null;
    this.#post({ kind: 'report', report: { ...host.report(), busyMs: this.#busyMs, vitals } }, []);
  }

  /** The state as it is now is saved in slices, and written, while further rounds are handled. */
  async #takePart(host: PartitionHost, message: BarrierMessage): Promise<void> {
    const { checkpoint, path, extent } = message;
    const usedSymbols = extent === 'all' ? new Uint8Array(message.symbolCount) : null;
    this.#isSaving = true;
    this.#pauseMs = 0;
    try {
      this.#part = host.beginPart({ extent, monotonicMs: this.#options.monotonicMs });
      this.#notePause();
      const part = await writePart(this.#disk, path, this.#savePieces(this.#part, usedSymbols));
      this.#post({ kind: 'part', checkpoint, part, error: null, usedSymbols, pauseMs: this.#pauseMs }, []);
    } catch (error) {
      this.#part?.giveUp();
      const failed = { part: null, error: errorValue(error), usedSymbols: null, pauseMs: this.#pauseMs };
      this.#post({ kind: 'part', checkpoint, ...failed }, []);
    } finally {
      this.#part = undefined;
      this.#isSaving = false;
    }
  }

  /**
   * The pieces of a part, for the disk: a slice is saved when all that was saved before is written, so that no more waits
   * in memory than what changes before its turn. What is saved does not change any more, and can be looked through.
   */
  async *#savePieces(part: HostPart, usedSymbols: SymbolUse | null): AsyncGenerator<PartPiece> {
    for (;;) {
      for (const piece of part.takeSaved()) {
        if (usedSymbols !== null) markState(usedSymbols, piece.kind === 'chunk' ? piece.chunk : piece.streams);
        yield piece;
      }
      if (part.isComplete) return;
      await this.#options.giveWay();
      part.saveSlice();
      this.#notePause();
    }
  }

  #notePause(): void {
    if (this.#part !== undefined) this.#pauseMs = Math.max(this.#pauseMs, this.#part.takeMs());
  }
}
