import { type Profiler, Session } from 'node:inspector';

/**
 * Which characters of the source have run, from V8's own block coverage: exact, without a change of the code, and at
 * 2 ms a question, which is asked once for a few hundred inputs (docs/decisions/0009).
 */
export class BlockCoverage {
  readonly #session = new Session();
  readonly #isCovered: (url: string) => boolean;
  readonly #seen = new Map<string, Uint32Array>(); // by script: a byte a character, 1 where it has run

  constructor(covered: readonly string[]) {
    this.#isCovered = url => url.startsWith('file:') && covered.some(part => url.includes(part));
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  /** What has run since the last call, where some of it has never before; it counts as seen from `add` on. */
  take(): FreshCoverage {
    return this.#takeScripts().flatMap(({ url, functions }) => {
      const ran = paint(functions);
      return hasNew(ran, this.#seen.get(url) ?? NOTHING) ? [{ url, ran }] : [];
    });
  }

  add(fresh: FreshCoverage): void {
    for (const { url, ran } of fresh) {
      const seen = this.#seen.get(url) ?? NOTHING;
      const longer = seen.length >= ran.length ? seen : ran.slice();
      const shorter = longer === seen ? ran : seen;
      for (let word = 0; word < shorter.length; word++) longer[word]! |= shorter[word]!;
      this.#seen.set(url, longer);
    }
  }

  close(): void {
    this.#session.disconnect();
  }

  #takeScripts(): Profiler.ScriptCoverage[] {
    let scripts: Profiler.ScriptCoverage[] = [];
    // The callback comes before `post` returns: the session is with the same thread.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error;
      scripts = answer.result.filter(({ url }) => this.#isCovered(url));
    });
    return scripts;
  }
}

export type FreshCoverage = readonly { readonly url: string; readonly ran: Uint32Array }[];

/** Functions and their ranges come from the outside in; the innermost one says whether a character has run. */
function paint(functions: readonly Profiler.FunctionCoverage[]): Uint32Array {
  const ranges = functions.flatMap(each => each.ranges);
  const length = Math.max(0, ...ranges.map(range => range.endOffset));
  const words = new Uint32Array(Math.ceil(length / 4));
  const ran = new Uint8Array(words.buffer);
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return words;
}

function hasNew(ran: Uint32Array, seen: Uint32Array): boolean {
  for (let word = 0; word < ran.length; word++) if ((ran[word]! & ~(seen[word] ?? 0)) !== 0) return true;
  return false;
}

const NOTHING = new Uint32Array(0);
