import type { AlertSpan } from '../../../engine/backtest/alert-span.ts';
import { type AlertDifference, firstOf } from '../../../engine/backtest/compare-alerts.ts';
import { secondText, stretchText, whereText } from '../score/score-table.ts';

/** A difference as cells: what it is, when, of which rule and key, and by how much. */
export function differenceCells(difference: AlertDifference): readonly string[] {
  const { rule, key, raisedUs } = difference.after ?? firstOf(difference);
  return [difference.kind, secondText(raisedUs), rule, whereText(key), differenceText(difference)];
}

/** By how much it differs; of one without a partner, what it is. */
export function differenceText(difference: AlertDifference): string {
  switch (difference.kind) {
    case 'new':
      return spanText(difference.after);
    case 'gone':
      return spanText(difference.before);
    default:
      return partsOf(difference.before, difference.after).join(', ');
  }
}

function spanText({ level, raisedUs, clearedUs }: AlertSpan): string {
  return clearedUs === null ? `${level}, to the end` : `${level}, for ${stretchText(clearedUs - raisedUs)}`;
}

function partsOf(before: AlertSpan, after: AlertSpan): string[] {
  const parts: string[] = [];
  if (after.raisedUs !== before.raisedUs) parts.push(shiftText(after.raisedUs - before.raisedUs));
  if (after.level !== before.level) parts.push(`${after.level}, was ${before.level}`);
  if (after.clearedUs !== before.clearedUs) parts.push(clearingText(before.clearedUs, after.clearedUs));
  return parts;
}

function clearingText(before: number | null, after: number | null): string {
  if (after === null) return 'does not clear';
  return before === null ? 'clears' : `clears ${shiftText(after - before)}`;
}

function shiftText(us: number): string {
  return `${stretchText(Math.abs(us))} ${us < 0 ? 'earlier' : 'later'}`;
}
