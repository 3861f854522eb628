import type { Scalar } from '../batch.ts';

/** What is known to have been wrong, in microseconds. `where` names a machine: fields of keys, or of a part of them, as texts. */
export type KnownFault = {
  readonly name: string;
  /** That should find it; null: any. */
  readonly rule: string | null;
  readonly where: Readonly<Record<string, string>>;
  readonly fromUs: number;
  readonly toUs: number;
  /** Found later, it has done its damage. */
  readonly byUs: number;
};

export type RaisedAlert = {
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly timeUs: number;
};

export type Score = {
  readonly found: readonly FoundFault[]; // in the order of the faults, of those that are asked for
  readonly falseAlarms: readonly RaisedAlert[];
};

export type FoundFault = { readonly known: KnownFault; readonly alert: RaisedAlert | null; readonly isInTime: boolean };

/**
 * Holds alerts against the truth. A fault is found by the first alert of its rule that is raised while it lasts, for its machine or
 * for one that names no machine. Whatever else is raised for a machine while something is wrong with it, or within `AFTERMATH_US`,
 * follows from that: it is neither found nor false. All others are false alarms. `isAsked`: which faults could be found.
 */
export function scoreAlerts(
  faults: readonly KnownFault[],
  alerts: readonly RaisedAlert[],
  isAsked: (fault: KnownFault) => boolean = () => true,
): Score {
  const ordered = alerts.toSorted((a, b) => a.timeUs - b.timeUs);
  const byTime = new FaultsByTime(faults);
  return {
    found: faults.filter(isAsked).map(known => {
      const alert = firstThatFinds(known, ordered);
      return { known, alert, isInTime: alert !== null && alert.timeUs <= known.byUs };
    }),
    falseAlarms: ordered.filter(alert => !byTime.some(alert.timeUs, known => isExplained(alert, known))),
  };
}

/** What a score comes to. */
export type ScoreCounts = {
  readonly faults: number;
  readonly inTime: number;
  readonly missed: number;
  /** How long those that were found went on before: the median; null: none was. */
  readonly delayUs: number | null;
  readonly falseAlarms: number;
};

export function countsOf({ found, falseAlarms }: Score): ScoreCounts {
  const delaysUs = found.flatMap(({ known, alert }) => (alert === null ? [] : [alert.timeUs - known.fromUs]));
  return {
    faults: found.length,
    inTime: found.filter(({ isInTime }) => isInTime).length,
    missed: found.length - delaysUs.length,
    delayUs: medianOf(delaysUs),
    falseAlarms: falseAlarms.length,
  };
}

/** Faults that last, or have ended lately, at an instant, without looking at all of them. */
class FaultsByTime {
  readonly #faults: readonly KnownFault[];
  readonly #endsUs: Float64Array; // the latest end of a fault and all before it

  constructor(faults: readonly KnownFault[]) {
    this.#faults = faults.toSorted((a, b) => a.fromUs - b.fromUs);
    this.#endsUs = new Float64Array(faults.length);
    let endUs = -Infinity;
    this.#faults.forEach(({ toUs }, i) => {
      endUs = Math.max(endUs, toUs + AFTERMATH_US);
      this.#endsUs[i] = endUs;
    });
  }

  some(timeUs: number, isIt: (fault: KnownFault) => boolean): boolean {
    for (let i = firstAfter(this.#faults, fault => fault.fromUs <= timeUs) - 1; i >= 0; i--) {
      if (this.#endsUs[i]! < timeUs) return false;
      if (isIt(this.#faults[i]!)) return true;
    }
    return false;
  }
}

function firstThatFinds(known: KnownFault, ordered: readonly RaisedAlert[]): RaisedAlert | null {
  for (let i = firstAfter(ordered, alert => alert.timeUs < known.fromUs); i < ordered.length; i++) {
    const alert = ordered[i]!;
    if (alert.timeUs > known.toUs) return null;
    if (isFoundBy(known, alert)) return alert;
  }
  return null;
}

/** The number of items at the beginning of which it is true; it is of none behind them. */
function firstAfter<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isFoundBy(known: KnownFault, { rule, key }: RaisedAlert): boolean {
  return (known.rule === null || known.rule === rule) && fieldsIn(known, key).every(name => isAt(known, key, name));
}

function isExplained({ rule, key, timeUs }: RaisedAlert, known: KnownFault): boolean {
  if (timeUs > known.toUs + AFTERMATH_US) return false;
  const fields = fieldsIn(known, key);
  if (fields.length === 0) return known.rule === null || known.rule === rule;
  return fields.every(name => isAt(known, key, name));
}

function fieldsIn({ where }: KnownFault, key: RaisedAlert['key']): string[] {
  return Object.keys(where).filter(name => Object.hasOwn(key, name));
}

/** Files of faults have texts only. */
function isAt({ where }: KnownFault, key: RaisedAlert['key'], name: string): boolean {
  return where[name] === String(key[name]);
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const AFTERMATH_US = 15 * 60 * 1_000_000;
