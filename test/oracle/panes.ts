import type { ArrivedEvent, Step } from './event-time.ts';

export type Pane = { readonly startUs: number; readonly events: readonly ArrivedEvent[] };

/** A pane whose end depends on its events. */
export type OwnPane = Pane & { readonly untilUs: number; readonly durationUs: number | null };

/** Panes [n·every, n·every + size) that had events, in the order in which one key's watermark closes them. */
export function closedPanes(
  steps: readonly Step[],
  window: { readonly sizeUs: number; readonly everyUs: number },
): Pane[] {
  const open = new Map<number, ArrivedEvent[]>();
  const closed: Pane[] = [];
  for (const step of steps) {
    const watermarkUs = step.kind === 'row' ? step.event.timeUs : step.us;
    const due = [...open.keys()].filter(startUs => startUs + window.sizeUs <= watermarkUs).sort((a, b) => a - b);
    for (const startUs of due) {
      closed.push({ startUs, events: open.get(startUs)! });
      open.delete(startUs);
    }
    if (step.kind === 'watermark') continue;
    const { event } = step;
    for (
      let startUs = Math.floor(event.timeUs / window.everyUs) * window.everyUs;
      startUs > event.timeUs - window.sizeUs;
      startUs -= window.everyUs
    ) {
      if (startUs >= 0) open.set(startUs, [...(open.get(startUs) ?? []), event]);
    }
  }
  return closed;
}

/** [first, last + gap), cut at first + max, in the order in which one key's watermark closes them. */
export function closedSessions(
  steps: readonly Step[],
  { gapUs, maxUs }: { readonly gapUs: number; readonly maxUs: number | null },
): OwnPane[] {
  const closed: OwnPane[] = [];
  let open: ArrivedEvent[] = [];
  for (const step of steps) {
    const watermarkUs = step.kind === 'row' ? step.event.timeUs : step.us;
    if (open.length > 0) {
      const startUs = open[0]!.timeUs;
      const lastUs = open.at(-1)!.timeUs;
      const untilUs = Math.min(lastUs + gapUs, maxUs === null ? Infinity : startUs + maxUs);
      if (untilUs <= watermarkUs) {
        closed.push({ startUs, untilUs, durationUs: lastUs - startUs, events: open });
        open = [];
      }
    }
    if (step.kind === 'row') open = [...open, step.event];
  }
  return closed;
}

/** From an event that opens to the first later one that closes, cut at start + max, by one key. */
export function closedStates(
  steps: readonly Step[],
  { from, to, maxUs }: { readonly from: IsTrue; readonly to: IsTrue; readonly maxUs: number | null },
): OwnPane[] {
  const closed: OwnPane[] = [];
  let open: ArrivedEvent[] = [];
  const close = (untilUs: number) => {
    const startUs = open[0]!.timeUs;
    closed.push({ startUs, untilUs, durationUs: untilUs - startUs, events: open });
    open = [];
  };
  for (const step of steps) {
    const watermarkUs = step.kind === 'row' ? step.event.timeUs : step.us;
    const dueUs = open.length === 0 || maxUs === null ? Infinity : open[0]!.timeUs + maxUs;
    if (dueUs <= watermarkUs) close(dueUs);
    if (step.kind === 'watermark') continue;
    const { event } = step;
    if (open.length > 0 && to(event)) close(event.timeUs);
    if (open.length > 0 || from(event)) open = [...open, event];
  }
  return closed;
}

/** The last `size` events with each that is number size + n·every; the row has its time. */
export function countedPanes(
  steps: readonly Step[],
  { size, every }: { readonly size: number; readonly every: number },
): OwnPane[] {
  const events = steps.flatMap(step => (step.kind === 'row' ? [step.event] : []));
  return events.flatMap(({ timeUs }, i) => {
    const isFull = i + 1 >= size && (i + 1 - size) % every === 0;
    if (!isFull) return [];
    return [{ startUs: timeUs, untilUs: timeUs, durationUs: null, events: events.slice(i + 1 - size, i + 1) }];
  });
}

type IsTrue = (event: ArrivedEvent) => boolean;
