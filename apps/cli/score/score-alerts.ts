/** What is known to have been wrong, in microseconds. `where` names a machine: fields of keys, or of a part of them. */
export type KnownFault = {
  readonly fault: string;
  readonly where: Readonly<Record<string, string>>;
  readonly fromUs: number;
  readonly toUs: number;
  /** Found later, it has done its damage. */
  readonly byUs: number;
};

export type RaisedAlert = {
  readonly rule: string;
  readonly key: Readonly<Record<string, string>>;
  readonly timeUs: number;
};

export type Score = {
  readonly found: readonly FoundFault[];
  readonly falseAlarms: readonly RaisedAlert[];
};

export type FoundFault = { readonly known: KnownFault; readonly alert: RaisedAlert | null; readonly isInTime: boolean };

/**
 * Holds alerts against the truth. A fault is found by the first alert of the rule of its name that is raised while it lasts, for
 * its machine or for one that names no machine. Whatever else is raised for a machine while something is wrong with it, or within
 * `AFTERMATH_US`, follows from that: it is neither found nor false. All others are false alarms.
 */
export function scoreAlerts(faults: readonly KnownFault[], alerts: readonly RaisedAlert[]): Score {
  const ordered = alerts.toSorted((a, b) => a.timeUs - b.timeUs);
  return {
    found: faults.map(known => {
      const alert = ordered.find(candidate => isFoundBy(known, candidate)) ?? null;
      return { known, alert, isInTime: alert !== null && alert.timeUs <= known.byUs };
    }),
    falseAlarms: ordered.filter(alert => !faults.some(known => isExplained(alert, known))),
  };
}

function isFoundBy(known: KnownFault, { rule, key, timeUs }: RaisedAlert): boolean {
  if (rule !== known.fault || timeUs < known.fromUs || timeUs > known.toUs) return false;
  return commonFields(known, key).every(name => known.where[name] === key[name]);
}

function isExplained({ rule, key, timeUs }: RaisedAlert, known: KnownFault): boolean {
  if (timeUs < known.fromUs || timeUs > known.toUs + AFTERMATH_US) return false;
  const fields = commonFields(known, key);
  if (fields.length === 0) return rule === known.fault;
  return fields.every(name => known.where[name] === key[name]);
}

function commonFields({ where }: KnownFault, key: RaisedAlert['key']): string[] {
  return Object.keys(where).filter(name => name in key);
}

export const AFTERMATH_US = 15 * 60 * 1_000_000;
