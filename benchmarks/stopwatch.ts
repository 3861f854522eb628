/** What something takes: of time, and of processor time of all threads of the process. */
export class Stopwatch {
  readonly #startMs = performance.now();
  readonly #startCpu = process.cpuUsage();

  static start(): Stopwatch {
    return new Stopwatch();
  }

  stop(): { readonly ms: number; readonly cpuMs: number } {
    const { user, system } = process.cpuUsage(this.#startCpu);
    return { ms: performance.now() - this.#startMs, cpuMs: (user + system) / 1_000 };
  }
}
