import { MillraceError } from '../../../engine/errors.ts';
import type { JobOptions, JobWarning, RunningJob } from '../../../engine/runtime/job.ts';
import { sleep } from '../../cli/journals.ts';
import type { Log } from '../log/log-line.ts';

export type RunState =
  | { readonly kind: 'opening' }
  /** It failed, and is started again before long. */
  | { readonly kind: 'waiting'; readonly cause: JobWarning }
  | { readonly kind: 'reading'; readonly sinksWaitFor: readonly JobWarning[] }
  /** All its sources are at their end. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'stopped' };

type Hooks = Pick<JobOptions, 'signal' | 'onSinksWaiting'>;

/**
 * One version of the rules, run until it is stopped: a failure that passes is waited out, however often, and reading goes on
 * from the last checkpoint.
 */
export class RuleRun {
  readonly #start: (hooks: Hooks) => RunningJob;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  #job: RunningJob | undefined;
  #state: RunState = { kind: 'opening' };
  #failures = 0;
  #hasOpened = false;

  /** Resolves when it is stopped; rejects with what ends it for good, or with why the last checkpoint could not be made. */
  readonly done: Promise<void>;

  constructor(options: { readonly start: (hooks: Hooks) => RunningJob; readonly log: Log }) {
    this.#start = options.start;
    this.#log = options.log;
    this.#opened.promise.catch(() => {}); // `done` tells it
    this.done = this.#run();
    this.done.then(this.#opened.resolve, this.#opened.reject);
    this.done.catch(() => {}); // who waits for it hears of it
  }

  get state(): RunState {
    return this.#state;
  }

  /** Resolves when it reads for the first time; rejects with what keeps it from that for good. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** It has read at some time: there may be output behind its last checkpoint. */
  get hasOpened(): boolean {
    return this.#hasOpened;
  }

  /** The job under way, or the last one. */
  get job(): RunningJob | undefined {
    return this.#job;
  }

  /** With a last checkpoint, where it reads. Errors: why that could not be made. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.done;
  }

  async #run(): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
      let hasOpened = false;
      this.#job = this.#start({
        signal: this.#stopping.signal,
        onSinksWaiting: causes => (this.#state = { kind: 'reading', sinksWaitFor: causes }),
      });
      this.#job.opened.then(
        () => {
          hasOpened = true;
          this.#setOpen();
        },
        () => {}, // `done` tells it
      );
      try {
        await this.#job.done;
        break;
      } catch (error) {
        if (this.#stopping.signal.aborted) {
          this.#state = { kind: 'stopped' };
          if (hasOpened) throw error;
          return; // what was not open yet has nothing to save
        }
        if (!(error instanceof MillraceError) || error.retry !== 'backoff') throw error;
        if (hasOpened) waitMs = FIRST_WAIT_MS;
        this.#wait(error, waitMs);
        await sleep(waitMs, this.#stopping.signal);
        if (this.#stopping.signal.aborted) break;
      }
    }
    this.#state = { kind: this.#stopping.signal.aborted ? 'stopped' : 'ended' };
    if (this.#state.kind === 'ended') this.#log({ level: 'info', message: 'all streams are at their end' });
    if (this.#state.kind === 'ended') await aborted(this.#stopping.signal);
  }

  #setOpen(): void {
    if (this.#failures > 0) this.#log({ level: 'info', message: `reading again, after ${this.#failures} failures` });
    this.#failures = 0;
    this.#hasOpened = true;
    this.#state = { kind: 'reading', sinksWaitFor: [] };
    this.#opened.resolve();
  }

  #wait({ code, message, hint }: MillraceError, waitMs: number): void {
    this.#state = { kind: 'waiting', cause: { code, message, ...(hint === undefined ? {} : { hint }) } };
    this.#failures++;
    this.#log({ level: 'warn', code, message, hint: `tried again, ${waitMs} ms from now and then less often` });
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}

const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 15_000;
