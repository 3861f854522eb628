import type { ArrivalDriven, Snapshot } from '../operator.ts';
import type { RekeysBehind } from '../operators/rekey/rekeys-behind.ts';
import type { InputEntry, InputListener } from '../recorded-input.ts';
import type { ArrivalTimers } from '../state/arrival-timers.ts';
import type { SilentKeys } from '../state/silent-keys.ts';
import type { FramePipeline } from './frame-pipeline.ts';

/** An arrival clock, as others see it. */
export interface Clock {
  /** Nothing more of it happens before this instant. */
  readonly nowUs: number;
  /** Nothing more of it happens at all. */
  readonly isFinished: boolean;
}

/** What is told whenever a clock has come further, or to its end. */
export interface Follower {
  advance(): void;
}

/** What gives the first of the frames that follow on each other: a source, or several streams merged. All behind it is on its clock. */
export interface Timeline extends Clock {
  readonly pipeline: FramePipeline;
  /** What the arrival clock alone brings about behind it. */
  readonly timers: ArrivalTimers;
  /** Null: the silence of its keys says nothing. */
  readonly silence: SilentKeys | null;
  /** Of its keys. */
  readonly rekeys: RekeysBehind;
  /** After how long a key of which nothing comes moves on by itself; Infinity: never. */
  readonly quietUs: number;
  readonly stateBytes: number;
  hasSeen(keyId: number): boolean;
  /** When the key was last heard of. */
  lastArrivalUs(keyId: number): number;
  addArrivalDriven(operator: ArrivalDriven, next: FramePipeline): void;
  removeArrivalDriven(operator: object): void;
  /** `frame`: whose keys its state is by. */
  addListener(listener: InputListener, frame: FramePipeline): void;
  removeListener(listener: object): void;
  addFollower(follower: Follower): void;
  /** An entry of a recorded input: what hears it here does when the arrival clock has passed its place. */
  addEntry(entry: InputEntry): void;
  /** What is not of single keys. */
  snapshot(): Snapshot;
  /** `keptFrom`: the stored node whose state one takes over; null: it starts empty. */
  restore(snapshot: Snapshot, keptFrom: (nodeId: string) => string | null): void;
  snapshotKeys(keyIds: Uint32Array): Snapshot;
  /** Row i is of key `keyIds[i]`; −1: it is left out. */
  restoreKeys(snapshot: Snapshot, keyIds: Int32Array): void;
  /** After all is restored. */
  resume(): void;
}

/** How far all of these clocks have come; Infinity: all are at their end. */
export function leastUs(clocks: Iterable<Clock>): number {
  let nowUs = Infinity;
  for (const clock of clocks) if (!clock.isFinished) nowUs = Math.min(nowUs, clock.nowUs);
  return nowUs;
}

/** How far the furthest of these clocks has come. */
export function furthestUs(clocks: Iterable<Clock>): number {
  let nowUs = -Infinity;
  for (const clock of clocks) nowUs = Math.max(nowUs, clock.nowUs);
  return nowUs;
}
