import type { RowsOperator } from '../../operator.ts';
import { Rekey } from '../../operators/rekey.ts';
import type { ActivityClock } from '../../operators/rekey/activity-clock.ts';
import type { FramePlace } from './built-frames.ts';
import type { Operator } from '../../operator.ts';

const NEVER_IDLE_ACTIVE_US = 30_000_000; // MEANING.md 6

/** Of the keys of a source or a merge. `clock`: of these keys. */
export function activityOf(
  clock: {
    readonly quietUs: number;
    lastArrivalUs(keyId: number): number;
    watermarkUs(keyId: number, atUs: number): number;
  },
  { isPending, hasRuns }: Pick<ActivityClock, 'isPending' | 'hasRuns'>,
): ActivityClock {
  return {
    lastArrivalUs: keyId => clock.lastArrivalUs(keyId),
    isIdle: () => false,
    watermarkUs: (keyId, atUs) => clock.watermarkUs(keyId, atUs),
    activeUs: clock.quietUs === Infinity ? NEVER_IDLE_ACTIVE_US : clock.quietUs,
    isPending,
    hasRuns,
    sourceKeysOf: keyId => [keyId],
  };
}

/**
 * Of the keys of a frame that an operator starts, behind one that is at this place. A key with rows to come is waited for, unless
 * only its own events would bring them (`idle never`).
 */
export function activityBehind(operator: Operator, { activity: before, timeline }: FramePlace): ActivityClock {
  const { quietUs } = timeline;
  if (operator instanceof Rekey) {
    return {
      lastArrivalUs: site => operator.lastArrivalUs(site),
      isIdle: site => operator.isIdle(site),
      watermarkUs: (site, atUs) => operator.watermarkUs(site, atUs),
      activeUs: before.activeUs,
      isPending: site => operator.hasWaiting(site),
      hasRuns: false,
      sourceKeysOf: site => operator.sourceKeysOf(site),
    };
  }
  const maker = operator as RowsOperator; // the others start no frame
  return {
    ...before,
    hasRuns: false,
    watermarkUs: (keyId, atUs) => maker.watermarkUs(keyId, before.watermarkUs(keyId, atUs)),
    isPending: keyId => quietUs < Infinity && (before.isPending(keyId) || maker.hasRowsToCome(keyId)),
  };
}
