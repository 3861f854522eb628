import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { ErrorValue } from '../workers/worker-protocol.ts';
import { errorOf, errorValue } from '../workers/error-value.ts';
import { Failure } from '../failure.ts';
import type { HistoryShare, ShareState } from './history-share.ts';

/** What a task of the pool is given: what it is to open, and the port over which it is called. */
export type PooledTask<Content> = { readonly content: Content; readonly port: MessagePort };

type Call = { readonly method: keyof HistoryShare; readonly args: readonly unknown[] };
type Answer = { readonly result: unknown } | { readonly error: ErrorValue };

/**
 * Shares on threads of a pool, one each: `task` is the module that gets each content and calls `serveShare`. They are closed one
 * by one; the threads end with the last.
 */
export function openPooledShares<Content>(task: URL, contents: readonly Content[]): HistoryShare[] {
  const threads = contents.length;
  const pool = new Piscina<PooledTask<Content>, void>({
    filename: task.href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1, // they wait for each other
  });
  let open = threads;
  const onClosed = async () => {
    if (--open === 0) await pool.destroy();
  };
  return contents.map(content => {
    const { port1, port2 } = new MessageChannel();
    const done = pool.run({ content, port: port2 }, { transferList: [port2] });
    return new PooledShare(port1, done, onClosed);
  });
}

/** On the thread: answers until it is closed; one that cannot be opened says so. */
export async function serveShare(opening: Promise<HistoryShare>, port: MessagePort): Promise<void> {
  const closed = Promise.withResolvers<void>();
  opening.catch(() => {}); // told as an answer
  port.on('message', async ({ method, args }: Call) => {
    try {
      const share = await opening;
      // as: the caller is typed
      port.postMessage({ result: await (share[method] as (...args: unknown[]) => unknown).apply(share, [...args]) });
    } catch (error) {
      port.postMessage({ error: errorValue(error) });
    }
    if (method === 'close') closed.resolve();
  });
  await closed.promise;
  port.close();
}

class PooledShare implements HistoryShare {
  readonly #port: MessagePort;
  readonly #failed = new Failure();
  readonly #onClosed: () => Promise<void>;
  #answer: PromiseWithResolvers<unknown> | undefined; // of the call under way

  constructor(port: MessagePort, done: Promise<void>, onClosed: () => Promise<void>) {
    this.#port = port;
    this.#onClosed = onClosed;
    done.catch(error => this.#failed.fail(error)); // the thread has died, or its share could not be made
    port.on('message', (answer: Answer) => {
      if ('error' in answer) this.#answer?.reject(errorOf(answer.error));
      else this.#answer?.resolve(answer.result);
    });
  }

  async open(): Promise<ShareState> {
    return await this.#call('open');
  }

  async advance(untilUs: number, startedUs: Readonly<Record<string, number>>): Promise<ShareState> {
    return await this.#call('advance', untilUs, startedUs);
  }

  async tick(nowUs: number): Promise<ShareState> {
    return await this.#call('tick', nowUs);
  }

  async newest(stream: string): Promise<number> {
    return await this.#call('newest', stream);
  }

  async finish(stream: string, newestUs: number): Promise<ShareState> {
    return await this.#call('finish', stream, newestUs);
  }

  /** Also of one whose thread has died, and while another call is under way. */
  async close(): Promise<void> {
    await this.#call<void>('close').catch(() => {}); // what went wrong was told by the call before
    this.#port.close();
    await this.#onClosed();
  }

  async #call<Result>(method: keyof HistoryShare, ...args: readonly unknown[]): Promise<Result> {
    const answer = Promise.withResolvers<unknown>();
    this.#answer = answer;
    answer.promise.catch(() => {}); // heard below, unless the thread dies first
    this.#port.postMessage({ method, args } satisfies Call, []);
    return (await this.#failed.orFailed(answer.promise)) as Result; // as: what the method gives
  }
}
