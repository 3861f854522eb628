/**
 * Event time as MEANING.md 1–4 and 9 say it, one event at a time and with no thought of speed: what each key gets to
 * see, in order. Every key looks at the clock whenever anything arrives.
 */
export type ArrivedEvent = {
  readonly key: string;
  readonly timeUs: number;
  readonly arrivalUs: number;
  readonly value: number | null;
};

export type Step =
  | { readonly kind: 'row'; readonly event: ArrivedEvent }
  | { readonly kind: 'watermark'; readonly us: number };

export type Seen = { readonly stepsByKey: Map<string, Step[]>; readonly late: ArrivedEvent[] };

type KeyState = {
  newestUs: number;
  newestArrivalUs: number;
  handledUs: number; // the watermark so far: it never falls
  waiting: ArrivedEvent[];
  steps: Step[];
};

export function seenByKeys(
  events: readonly ArrivedEvent[],
  clock: { readonly latenessUs: number; readonly idleUs: number | null },
): Seen {
  const keys = new Map<string, KeyState>();
  const late: ArrivedEvent[] = [];
  for (const event of events) {
    for (const state of keys.values()) moveOn(state, event.arrivalUs);
    let state = keys.get(event.key);
    if (state === undefined) {
      state = { newestUs: -Infinity, newestArrivalUs: 0, handledUs: -Infinity, waiting: [], steps: [] };
      keys.set(event.key, state);
    }
    if (event.timeUs < watermark(state, event.arrivalUs)) {
      late.push(event);
      continue;
    }
    if (event.timeUs >= state.newestUs) {
      state.newestUs = event.timeUs;
      state.newestArrivalUs = event.arrivalUs;
    }
    state.waiting.push(event);
    moveOn(state, event.arrivalUs);
  }
  const endUs = Math.max(...[...keys.values()].map(state => state.newestUs));
  for (const state of keys.values()) {
    release(state, () => true);
    state.steps.push({ kind: 'watermark', us: clock.idleUs === null ? state.newestUs : endUs });
  }
  return { stepsByKey: new Map([...keys].map(([key, state]) => [key, state.steps])), late };

  function watermark(state: KeyState, nowUs: number): number {
    const quietUs = clock.idleUs === null ? Infinity : Math.max(clock.idleUs, clock.latenessUs);
    const silentUs = state.newestUs + (nowUs - Math.max(state.newestArrivalUs, state.newestUs) - quietUs);
    return Math.max(state.handledUs, state.newestUs - clock.latenessUs, silentUs);
  }

  function moveOn(state: KeyState, nowUs: number): void {
    const watermarkUs = watermark(state, nowUs);
    const expired = state.waiting.filter(event => event.arrivalUs + clock.latenessUs <= nowUs);
    const untilUs = Math.max(watermarkUs, ...expired.map(event => event.timeUs));
    release(state, event => event.timeUs <= untilUs);
    state.handledUs = watermark(state, nowUs);
    state.steps.push({ kind: 'watermark', us: state.handledUs });
  }
}

function release(state: KeyState, isDue: (event: ArrivedEvent) => boolean): void {
  const due = state.waiting.filter(isDue).sort((a, b) => a.timeUs - b.timeUs); // stable: ties by arrival, then order
  state.waiting = state.waiting.filter(event => !due.includes(event));
  for (const event of due) {
    state.steps.push({ kind: 'row', event });
    state.handledUs = Math.max(state.handledUs, event.timeUs);
  }
}
