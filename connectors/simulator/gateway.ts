import type { Fault } from './faults.ts';
import type { Random } from './random.ts';

/** What a gateway's clock is off in a second of its day. */
export function clockErrorSeconds(
  faults: readonly Fault[],
  { gateway, second }: { gateway: number; second: number },
): number {
  for (const fault of faults) {
    if (fault.kind === 'clock_jump' && fault.gateway === gateway && isDuring(fault, second)) return fault.extent;
  }
  return 0;
}

export function silenceOf(
  faults: readonly Fault[],
  { gateway, second }: { gateway: number; second: number },
): Fault | undefined {
  return faults.find(fault => fault.kind === 'silent_gateway' && fault.gateway === gateway && isDuring(fault, second));
}

/**
 * When what a gateway reads arrives, in seconds. It sends at once, over a radio that takes its time; while it has no
 * line it keeps the last ten minutes, and sends them twenty a second when it has one again. NaN: it is lost.
 */
export function arrivalSecond(options: {
  readonly readAt: number;
  readonly silence: Fault | undefined;
  /** Of a short congestion; 0: none. */
  readonly heldUntil: number;
  readonly random: Random;
}): number {
  const { readAt, silence, heldUntil, random } = options;
  const delay = 0.1 + 0.5 * random.uniform() + (random.uniform() < 0.02 ? 1.5 * random.uniform() : 0);
  if (silence !== undefined) {
    const kept = Math.max(silence.fromSecond, silence.toSecond - KEPT_SECONDS);
    return readAt < kept ? Number.NaN : silence.toSecond + 0.5 + (readAt - kept) / SENT_FASTER;
  }
  if (readAt < heldUntil) return heldUntil + 0.1 + (readAt % 1) * 0.4;
  return readAt + delay;
}

export function isDuring({ fromSecond, toSecond }: Fault, second: number): boolean {
  return second >= fromSecond && second < toSecond;
}

/** Silence and all that was kept: the radio is free again at this second. */
export function isCatchingUp(faults: readonly Fault[], second: number): boolean {
  return faults.some(
    ({ kind, fromSecond, toSecond }) =>
      kind === 'silent_gateway' && second >= fromSecond && second < toSecond + KEPT_SECONDS / SENT_FASTER + 1,
  );
}

const KEPT_SECONDS = 600;
const SENT_FASTER = 20;
