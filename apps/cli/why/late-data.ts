import { dateTime } from './times.ts';

export type LateEvent = { readonly stream: string; readonly timeUs: number; readonly arrivalUs: number };

/** What came late and has a part in an alert: events of one stream. */
export type LateEvents = {
  readonly stream: string;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** When the first and the last of them arrived. */
  readonly arrivedFromUs: number;
  readonly arrivedToUs: number;
};

/** `raised`: without them the alert would not be there · `changed`: it was told before, and they have put it right. */
export type LateData = { readonly part: 'raised' | 'changed'; readonly events: readonly LateEvents[] };

/** By stream, those of [from, to]. */
export function lateEventsIn(
  late: readonly LateEvent[],
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
): LateEvents[] {
  const then = late.filter(({ timeUs }) => timeUs >= fromUs && timeUs <= toUs);
  return [...Map.groupBy(then, ({ stream }) => stream)].map(([stream, events]) => ({
    stream,
    count: events.length,
    firstUs: least(events.map(({ timeUs }) => timeUs)),
    lastUs: -least(events.map(({ timeUs }) => -timeUs)),
    arrivedFromUs: least(events.map(({ arrivalUs }) => arrivalUs)),
    arrivedToUs: -least(events.map(({ arrivalUs }) => -arrivalUs)),
  }));
}

export function lateDataLine({ part, events }: LateData): string {
  const what = events.map(({ stream, count, firstUs, lastUs, arrivedFromUs, arrivedToUs }) => {
    const number = count === 1 ? 'one event' : `${count.toLocaleString('en')} events`;
    return `${number} of ${stream}, of ${span(firstUs, lastUs)}, which arrived at ${span(arrivedFromUs, arrivedToUs)}`;
  });
  const verb = part === 'raised' ? 'Late data brought it about' : 'Late data has changed what it rests on';
  return `${verb}: ${what.join('; ')}.`;
}

function span(fromUs: number, toUs: number): string {
  return fromUs === toUs ? dateTime(fromUs) : `${dateTime(fromUs)} … ${dateTime(toUs)}`;
}

/** Of any number of values. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}
