import { type AlertSpan, bySpan, whoseAlert } from './alert-span.ts';

/** What became of one alert between two runs over the same history. */
export type AlertDifference =
  | { readonly kind: 'new'; readonly before: null; readonly after: AlertSpan }
  | { readonly kind: 'gone'; readonly before: AlertSpan; readonly after: null }
  /** `changed`: raised at the same time, to clear at another one or to reach another level. */
  | {
      readonly kind: 'same' | 'changed' | 'earlier' | 'later';
      readonly before: AlertSpan;
      readonly after: AlertSpan;
    };

/** In the order in which they are told. */
export const DIFFERENCES = [
  'same',
  'changed',
  'earlier',
  'later',
  'new',
  'gone',
] as const satisfies readonly AlertDifference['kind'][];

/**
 * Holds the alerts of one run against those of another. Alerts of one rule and key belong together where they fire at the same time
 * for a while, in order and each with one: of two behind each other that one long alert meets, the first is its partner, and the
 * other has none. Swapped sides give the same pairs. The result is in order of time. Cost: n log n.
 */
export function compareAlerts(before: readonly AlertSpan[], after: readonly AlertSpan[]): readonly AlertDifference[] {
  const differences: AlertDifference[] = [];
  const [old, next] = [byWhose(before), byWhose(after)];
  for (const whose of new Set([...old.keys(), ...next.keys()])) {
    pairUp(old.get(whose) ?? [], next.get(whose) ?? [], difference => differences.push(difference));
  }
  return differences.sort((a, b) => bySpan(firstOf(a), firstOf(b)));
}

/** By how much it is raised later; negative: earlier. Null: it has no partner. */
export function laterByUs({ before, after }: AlertDifference): number | null {
  return before === null || after === null ? null : after.raisedUs - before.raisedUs;
}

/** The one that is raised first, of both. */
export function firstOf({ before, after }: AlertDifference): AlertSpan {
  if (before === null) return after;
  return after === null || before.raisedUs <= after.raisedUs ? before : after;
}

function byWhose(spans: readonly AlertSpan[]): ReadonlyMap<string, readonly AlertSpan[]> {
  return Map.groupBy(spans.toSorted(bySpan), ({ rule, key }) => whoseAlert(rule, key));
}

/** Alerts of one rule and key never overlap each other, so both lists are in order of their ends, too. */
function pairUp(
  before: readonly AlertSpan[],
  after: readonly AlertSpan[],
  give: (difference: AlertDifference) => void,
): void {
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, next] = [before[i], after[j]];
    if (old !== undefined && next !== undefined && doMeet(old, next)) {
      give({ kind: kindOf(old, next), before: old, after: next });
      i++;
      j++;
    } else if (next === undefined || (old !== undefined && old.raisedUs < next.raisedUs)) {
      give({ kind: 'gone', before: old!, after: null });
      i++;
    } else {
      give({ kind: 'new', before: null, after: next });
      j++;
    }
  }
}

function doMeet(a: AlertSpan, b: AlertSpan): boolean {
  return a.raisedUs === b.raisedUs || (a.raisedUs < endUs(b) && b.raisedUs < endUs(a));
}

function kindOf(before: AlertSpan, after: AlertSpan): 'same' | 'changed' | 'earlier' | 'later' {
  if (after.raisedUs !== before.raisedUs) return after.raisedUs < before.raisedUs ? 'earlier' : 'later';
  return after.clearedUs === before.clearedUs && after.level === before.level ? 'same' : 'changed';
}

function endUs({ clearedUs }: AlertSpan): number {
  return clearedUs ?? Infinity;
}
