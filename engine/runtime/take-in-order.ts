import type { EventBatch } from '../batch.ts';
import type { ReorderBuffer } from '../state/reorder-buffer.ts';
import type { RowOutput } from '../state/row-output.ts';
import type { KeyClock } from './key-clock.ts';

export type InOrderInput = {
  readonly batch: EventBatch;
  readonly keyIds: Uint32Array;
  /** Behind the last event. */
  readonly end: number;
  /** Whether something behind is to be told each watermark. */
  readonly hasTimers: boolean;
  readonly clock: KeyClock;
  readonly waiting: ReorderBuffer;
  readonly output: RowOutput;
  /** Written where it stops behind an event: its key's watermark. */
  watermarkUs: number;
};

/**
 * The way of most events where there is lateness, in one loop: those that come in order of time of their key go behind its waiting
 * rows, and what they and the arrival clock release goes into the frame. Returns the place of the first event that is late or out of
 * order, or before which the frame is full: whoever comes there takes the long way. Where it is full while the rows are released that
 * event `i` has brought to their watermark, `~i`: the rest of that is still to be done.
 *
 * There is room for the rows and keys, and none waits in a heap. No call in the loop: see takeOnTime.
 * benchmark: throughput/tumbling-lateness
 */
export function takeInOrder(input: InOrderInput, i: number): number {
  const { keyIds, end, hasTimers, waiting } = input;
  const { timeUs, arrivalUs } = input.batch;
  const { newestUs, arrivalUs: seenUs, handledUs, latenessUs, quietUs } = input.clock;
  const { timeUs: slotTimeUs, arrivalUs: slotArrivalUs, keyIds: slotKeyIds, sequence, next, previous } = waiting;
  const { oldest, newest, added, taken } = waiting;
  const { rows: addedRows } = added;
  const { from: takenSlots, to: takenTo } = taken;
  const { frame } = input.output;
  const outKeyIds = frame.keyIds;
  const outTimeUs = frame.timeUs;
  const outArrivalUs = frame.arrivalUs;
  const outCameUs = frame.cameUs!;
  const outRows = frame.rows!;
  const full = Math.min(outTimeUs.length, takenSlots.length);
  const firstNew = waiting.end;
  let { first, end: nextSlot, nextSequence } = waiting;
  let length = frame.length;
  let addedLength = added.length;
  let takenLength = taken.length;
  let place = i; // to be returned

  while (i < end) {
    while (first < nextSlot && slotTimeUs[first] !== slotTimeUs[first]) first++;
    const now = arrivalUs[i]!;
    const waitedUs = first < nextSlot ? slotArrivalUs[first]! + latenessUs : Infinity;
    const isEvent = waitedUs > now;
    let keyId: number;
    let instantUs: number;
    let untilUs: number; // of the key, rows up to this time are released
    if (isEvent) {
      keyId = keyIds[i]!;
      instantUs = now;
      const t = timeUs[i]!;
      const known = newestUs[keyId]!;
      const seen = seenUs[keyId]!;
      const handled = handledUs[keyId]!;
      const silent = known + (now - (seen > known ? seen : known) - quietUs);
      let reached = handled > known - latenessUs ? handled : known - latenessUs;
      if (silent > reached) reached = silent;
      if (t < reached || t < known) break;
      handledUs[keyId] = reached;
      newestUs[keyId] = t;
      seenUs[keyId] = now;
      const slot = nextSlot++;
      slotTimeUs[slot] = t;
      slotArrivalUs[slot] = now;
      slotKeyIds[slot] = keyId;
      sequence[slot] = nextSequence++;
      addedRows[addedLength++] = i;
      const older = newest[keyId]!;
      next[slot] = -1;
      previous[slot] = older;
      newest[keyId] = slot;
      if (older < 0) oldest[keyId] = slot;
      else next[older] = slot;
      const silentNow = t + (now - (now > t ? now : t) - quietUs);
      untilUs = reached > t - latenessUs ? reached : t - latenessUs;
      if (silentNow > untilUs) untilUs = silentNow;
    } else {
      keyId = slotKeyIds[first]!;
      instantUs = waitedUs;
      untilUs = slotTimeUs[first]!;
    }
    let slot = oldest[keyId]!;
    const before = slot;
    while (slot >= 0 && slotTimeUs[slot]! <= untilUs && length < full) {
      const t = slotTimeUs[slot]!;
      outKeyIds[length] = keyId;
      outTimeUs[length] = t;
      outArrivalUs[length] = instantUs;
      outCameUs[length] = slotArrivalUs[slot]!;
      outRows[length] = 1;
      takenSlots[takenLength] = slot;
      takenTo[takenLength++] = length++;
      handledUs[keyId] = t;
      slotTimeUs[slot] = Number.NaN;
      slot = next[slot]!;
    }
    if (slot !== before) {
      oldest[keyId] = slot;
      if (slot < 0) newest[keyId] = -1;
      else previous[slot] = -1;
    }
    if (length === full) {
      if (isEvent) {
        place = ~i;
        input.watermarkUs = untilUs;
      }
      break;
    }
    if (!isEvent) continue;
    if (hasTimers) {
      outKeyIds[length] = keyId;
      outTimeUs[length] = untilUs;
      outArrivalUs[length] = now;
      outRows[length++] = 0;
    }
    place = ++i;
  }

  waiting.length += nextSlot - firstNew - (takenLength - taken.length);
  waiting.first = first;
  waiting.end = nextSlot;
  waiting.nextSequence = nextSequence;
  added.length = addedLength;
  if (takenLength > 0) frame.hasRows = true;
  taken.length = takenLength;
  frame.length = length;
  return place;
}
