import { type RuleNode, SEVERITIES } from '../../dsl/plan.ts';

/**
 * Rules as MEANING.md 18–23 and docs/language/rules.md say them, for one key, without any timer: every instant of a
 * small integer time is visited, and at each one everything is derived again from the whole history.
 */
export type OracleEvent = {
  readonly atUs: number;
  readonly isGood: boolean;
  readonly levels: readonly (boolean | null)[];
  readonly clear: boolean | null;
  readonly isOn: boolean | null; // the condition of `while`
};

export type OracleChange = {
  readonly change: 'raised' | 'level' | 'cleared';
  readonly timeUs: number;
  readonly level: string;
  readonly raisedUs: number;
  readonly event: number; // the last one handled
  /** Of a rise: since when the level has held, and with which event it came to. */
  readonly deciding: Pending | null;
};

type Pending = { readonly level: number; readonly sinceUs: number; readonly event: number };

/** A stretch of time with one set of truths; from an event, or from where `while` has settled. */
type Stretch = {
  readonly fromUs: number;
  readonly isEvent: boolean;
  readonly levels: readonly (boolean | null)[];
  readonly clear: boolean | null;
};

type Alert = { readonly severity: number; readonly raisedUs: number; readonly raisedAt: number }; // a stretch's place

export function expectedChanges(node: RuleNode, events: readonly OracleEvent[], untilUs: number): OracleChange[] {
  const changes: OracleChange[] = [];
  let alert: Alert | null = null;
  let notBeforeUs = -Infinity;
  let handled = 0;

  const look = (nowUs: number): void => {
    if (handled === 0) return;
    const history = new History(node, events.slice(0, handled), nowUs);
    const report = (change: OracleChange['change'], { severity, raisedUs }: Alert, isRise: boolean) => {
      const deciding = isRise ? history.decidingOf(severity) : null;
      changes.push({ change, timeUs: nowUs, level: SEVERITIES[severity]!, raisedUs, event: handled - 1, deciding });
    };
    const due = history.highestDue();
    if (alert === null) {
      if (due < 0 || nowUs < notBeforeUs) return;
      alert = { severity: due, raisedUs: nowUs, raisedAt: history.stretches.length - 1 };
      report('raised', alert, true);
    } else if (history.hasToClear()) {
      report('cleared', alert, false);
      notBeforeUs = Math.max(nowUs + node.cooldownUs, alert.raisedUs + 1);
      alert = null;
    } else {
      const severity = due > alert.severity ? due : history.fallsTo(alert);
      if (severity === alert.severity) return;
      const isRise = severity > alert.severity;
      alert = { ...alert, severity };
      report('level', alert, isRise);
    }
  };

  for (let nowUs = 0; nowUs <= untilUs; nowUs++) {
    look(nowUs);
    while (handled < events.length && events[handled]!.atUs === nowUs) {
      handled++;
      look(nowUs);
    }
  }
  return changes;
}

class History {
  readonly #node: RuleNode;
  readonly #events: readonly OracleEvent[];
  readonly #nowUs: number;
  readonly stretches: readonly Stretch[];

  constructor(node: RuleNode, events: readonly OracleEvent[], nowUs: number) {
    this.#node = node;
    this.#events = events;
    this.#nowUs = nowUs;
    this.stretches = stretchesOf(node, events, nowUs);
  }

  /** The highest severity of the levels that have come due; −1: none. */
  highestDue(): number {
    const due = this.#node.levels.filter((_, i) => this.#dueOf(i) !== null);
    return Math.max(-1, ...due.map(level => SEVERITIES.indexOf(level.severity)));
  }

  /** Of the levels of this severity that have come due, the one that has held longest. */
  decidingOf(severity: number): Pending {
    const due = this.#node.levels.flatMap((level, i) =>
      SEVERITIES.indexOf(level.severity) === severity ? (this.#dueOf(i) ?? []) : [],
    );
    return due.toSorted((a, b) => a.sinceUs - b.sinceUs)[0]!;
  }

  #dueOf(level: number): Pending | null {
    const pending = this.#pendingOf(level);
    return pending !== null && pending.sinceUs + this.#node.levels[level]!.forUs <= this.#nowUs ? pending : null;
  }

  hasToClear(): boolean {
    const { clear, clearAfterUs } = this.#node;
    if (!noneHolds(this.stretches.at(-1)!)) return false;
    const clearSince = this.#runOf(stretch => noneHolds(stretch) && stretch.clear === true);
    const lastHeld = this.stretches.findLastIndex(stretch => stretch.levels.includes(true));
    const lastHeldUs = this.stretches[lastHeld + 1]!.fromUs;
    if (clear === null && clearAfterUs === null) return true;
    if (clear !== null && clearSince !== null && clearSince.fromUs + clear.forUs <= this.#nowUs) return true;
    return clearAfterUs !== null && lastHeldUs + clearAfterUs <= this.#nowUs;
  }

  /** The severity that the alert has if it does not rise. */
  fallsTo({ severity, raisedAt }: Alert): number {
    const { levels } = this.#node;
    const hasEnded = levels.every((level, i) => {
      if (SEVERITIES.indexOf(level.severity) !== severity) return true;
      const run = this.#runOf(stretch => stretch.levels[i] === false);
      if (run === null) return false;
      return run.first <= raisedAt || run.fromUs + level.forUs <= this.#nowUs;
    });
    if (!hasEnded) return severity;
    const truths = this.stretches.at(-1)!.levels;
    const notFalse = levels.flatMap((level, i) => {
      const lower = SEVERITIES.indexOf(level.severity);
      return lower < severity && truths[i] !== false ? [{ lower, isTrue: truths[i] === true }] : [];
    });
    const highest = Math.max(-1, ...notFalse.map(({ lower }) => lower));
    return notFalse.some(({ lower, isTrue }) => lower === highest && isTrue) ? highest : severity;
  }

  /** Where the level is pending: since when. */
  #pendingOf(level: number): Pending | null {
    const gapUs = this.#node.levels[level]!.gapUs ?? Infinity;
    const run = this.#runOf(stretch => stretch.levels[level] === true);
    if (run === null) return null;
    let pending: Pending | null = null;
    for (const [place, { fromUs, isEvent }] of this.stretches.entries()) {
      if (place < run.first) continue;
      const gapEndUs = this.#eventBeforeUs(place) + gapUs;
      if (pending !== null && isEvent && gapEndUs <= fromUs) pending = null;
      const isStart = isEvent || gapEndUs > fromUs;
      if (pending === null && isStart) pending = { level, sinceUs: fromUs, event: this.#lastEventOf(place) };
    }
    // At the very end of the gap what is due still counts, unless it started just now.
    const endUs = this.#events.at(-1)!.atUs + gapUs;
    return pending !== null && this.#nowUs <= endUs ? pending : null;
  }

  /** The event with which a stretch begins, or the last one before it. */
  #lastEventOf(place: number): number {
    return this.stretches.slice(0, place + 1).filter(stretch => stretch.isEvent).length - 1;
  }

  #eventBeforeUs(place: number): number {
    const last = this.#lastEventOf(place);
    return this.#events[this.stretches[place]!.isEvent ? last - 1 : last]?.atUs ?? -Infinity;
  }

  /** The last stretches for which this is so, up to now. */
  #runOf(isSo: (stretch: Stretch) => boolean): { first: number; fromUs: number } | null {
    const first = this.stretches.findLastIndex(stretch => !isSo(stretch)) + 1;
    return first === this.stretches.length ? null : { first, fromUs: this.stretches[first]!.fromUs };
  }
}

function noneHolds(stretch: Stretch): boolean {
  return stretch.levels.every(truth => truth === false);
}

function stretchesOf(node: RuleNode, events: readonly OracleEvent[], nowUs: number): Stretch[] {
  const stretches: Stretch[] = [];
  let known: Omit<OracleEvent, 'atUs' | 'isGood'> = { levels: node.levels.map(() => false), clear: false, isOn: false };
  let onSinceUs: number | null = null;
  const add = (fromUs: number, isEvent: boolean): void => {
    const isSettled = node.while === null || (onSinceUs !== null && onSinceUs + node.while.settleUs <= fromUs);
    const levels = known.levels.map(truth => (isSettled ? truth : null));
    stretches.push({ fromUs, isEvent, levels, clear: isSettled ? known.clear : null });
  };
  const addSettled = (beforeUs: number): void => {
    if (node.while === null || onSinceUs === null || node.while.settleUs === 0) return;
    const settledUs = onSinceUs + node.while.settleUs;
    const isNew = stretches.at(-1)!.fromUs < settledUs;
    if (isNew && settledUs <= beforeUs) add(settledUs, false);
  };
  for (const event of events) {
    if (stretches.length > 0) addSettled(event.atUs);
    const known0 = known;
    const now = (truth: boolean | null, before: boolean | null): boolean | null => {
      if (truth !== null && event.isGood) return truth;
      return node.quality.otherwise === 'hold' ? before : null;
    };
    known = {
      levels: event.levels.map((truth, i) => now(truth, known0.levels[i]!)),
      clear: now(event.clear, known0.clear),
      isOn: now(event.isOn, known0.isOn),
    };
    onSinceUs = known.isOn === true ? (onSinceUs ?? event.atUs) : null;
    add(event.atUs, true);
  }
  addSettled(nowUs);
  return stretches;
}
