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
