import type { ArrivedEvent, Step } from './event-time.ts';

/** A row of a pane, early or closing, as MEANING.md 15 says it, one instant after the other and with no thought of speed. */
export type ShownPane = {
  readonly startUs: number;
  readonly untilUs: number;
  readonly durationUs: number | null;
  readonly revision: number;
  readonly events: readonly ArrivedEvent[];
};

export type OpenPane = { readonly startUs: number; readonly events: ArrivedEvent[] };

/** What a window does with an event, and when a pane closes of itself. */
export type PaneKind = {
  endUs(pane: OpenPane): number;
  durationUs(pane: OpenPane, untilUs: number): number | null;
  /** Puts the event where it belongs; may open panes, and close them. */
  take(open: OpenPane[], event: ArrivedEvent, close: (pane: OpenPane, untilUs: number) => void): void;
};

export function alignedPanes({ sizeUs, everyUs }: { readonly sizeUs: number; readonly everyUs: number }): PaneKind {
  return {
    endUs: ({ startUs }) => startUs + sizeUs,
    durationUs: () => null,
    take(open, event) {
      for (let startUs = 0; startUs <= event.timeUs; startUs += everyUs) {
        if (startUs + sizeUs <= event.timeUs) continue;
        let pane = open.find(known => known.startUs === startUs);
        if (pane === undefined) open.push((pane = { startUs, events: [] }));
        pane.events.push(event);
      }
    },
  };
}

export function sessionPanes({ gapUs, maxUs }: { readonly gapUs: number; readonly maxUs: number | null }): PaneKind {
  return {
    endUs: ({ startUs, events }) => Math.min(events.at(-1)!.timeUs + gapUs, startUs + (maxUs ?? Infinity)),
    durationUs: ({ startUs, events }) => events.at(-1)!.timeUs - startUs,
    take(open, event) {
      if (open.length === 0) open.push({ startUs: event.timeUs, events: [] });
      open[0]!.events.push(event);
    },
  };
}

export function statePanes({
  from,
  to,
  maxUs,
}: {
  readonly from: (event: ArrivedEvent) => boolean;
  readonly to: (event: ArrivedEvent) => boolean;
  readonly maxUs: number | null;
}): PaneKind {
  return {
    endUs: ({ startUs }) => startUs + (maxUs ?? Infinity),
    durationUs: ({ startUs }, untilUs) => untilUs - startUs,
    take(open, event, close) {
      if (open.length > 0 && to(event)) close(open[0]!, event.timeUs);
      if (open.length === 0 && from(event)) open.push({ startUs: event.timeUs, events: [] });
      open[0]?.events.push(event);
    },
  };
}

/** `emitEveryUs` null: closing rows only. */
export function shownPanes(steps: readonly Step[], kind: PaneKind, emitEveryUs: number | null): ShownPane[] {
  const shown: ShownPane[] = [];
  const open: OpenPane[] = [];
  let instantUs = emitEveryUs === null ? Infinity : -Infinity; // the next multiple
  const show = (pane: OpenPane, untilUs: number) => {
    let revision = 0;
    if (emitEveryUs !== null) for (let us = 0; us < untilUs; us += emitEveryUs) if (us > pane.startUs) revision++;
    const durationUs = kind.durationUs(pane, untilUs);
    shown.push({ startUs: pane.startUs, untilUs, durationUs, revision, events: [...pane.events] });
  };
  const close = (pane: OpenPane, untilUs: number) => {
    show(pane, untilUs);
    open.splice(open.indexOf(pane), 1);
  };
  for (const step of steps) {
    const watermarkUs = step.kind === 'row' ? step.event.timeUs : step.us;
    if (emitEveryUs !== null && instantUs === -Infinity)
      instantUs = Math.floor(watermarkUs / emitEveryUs) * emitEveryUs;
    for (;;) {
      open.sort((a, b) => a.startUs - b.startUs);
      const dueUs = Math.min(instantUs, ...open.map(pane => kind.endUs(pane)));
      if (dueUs > watermarkUs || dueUs === Infinity) break;
      for (const pane of [...open]) if (kind.endUs(pane) <= dueUs) close(pane, kind.endUs(pane));
      if (dueUs < instantUs) continue;
      const isNew = ({ timeUs }: ArrivedEvent) => timeUs >= instantUs - emitEveryUs!;
      for (const pane of open) if (pane.events.some(isNew)) show(pane, instantUs);
      instantUs += emitEveryUs!;
    }
    if (step.kind === 'row') kind.take(open, step.event, close);
  }
  return shown;
}
