/** What a rekey must know of the keys of its input. */
export type ActivityClock = {
  /** When the key was last heard of. */
  lastArrivalUs(keyId: number): number;
  /** For how long it counts as active after that. */
  readonly activeUs: number;
  /** Whether the arrival clock alone moves it, also where it moves with an event of others. */
  isIdle(keyId: number): boolean;
  /** How far a key that is not active has come, at an instant of the arrival clock. */
  watermarkUs(keyId: number, atUs: number): number;
  /** Whether rows of it are still to come though it is silent: a pane is open. */
  isPending(keyId: number): boolean;
  /** It is that of the events themselves, and a frame may be a run of them. */
  readonly hasRuns: boolean;
  /** The keys of the source that stand behind it: itself, unless the input is keyed anew already. */
  sourceKeysOf(keyId: number): readonly number[];
};
