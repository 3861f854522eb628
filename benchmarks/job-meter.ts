/** What a stretch of a job took. */
export type Stretch = {
  readonly events: number;
  readonly seconds: number;
  /** Of all threads, and of the calling one, which reads, exchanges and delivers. */
  readonly cpuSeconds: number;
  readonly mainCpuSeconds: number;
};

/**
 * Measures a job from an event on to its last one: workers live for long, so what it takes to start them, and V8 to
 * compile what they run, is left out.
 */
export class JobMeter {
  readonly #fromEvent: number;
  readonly #toEvent: number;
  #first: Point | undefined;
  #last: Point | undefined;

  constructor(options: { readonly fromEvent: number; readonly toEvent: number }) {
    this.#fromEvent = options.fromEvent;
    this.#toEvent = options.toEvent;
  }

  /** For `onProgress` of a job. The clocks are read twice only: those of a process take a third of a millisecond. */
  onProgress = ({ events }: { readonly events: number }): void => {
    if (events >= this.#fromEvent) this.#first ??= pointAt(events);
    if (events >= this.#toEvent) this.#last ??= pointAt(events);
  };

  stretch(): Stretch {
    if (this.#first === undefined || this.#last === undefined)
      throw new Error('the job did not come to the end of the stretch');
    return {
      events: this.#last.events - this.#first.events,
      seconds: this.#last.seconds - this.#first.seconds,
      cpuSeconds: this.#last.cpuSeconds - this.#first.cpuSeconds,
      mainCpuSeconds: this.#last.mainCpuSeconds - this.#first.mainCpuSeconds,
    };
  }
}

type Point = Stretch;

function pointAt(events: number): Point {
  return {
    events,
    seconds: performance.now() / 1_000,
    cpuSeconds: secondsOf(process.cpuUsage()),
    mainCpuSeconds: secondsOf(process.threadCpuUsage()),
  };
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}
