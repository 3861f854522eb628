/** A member of a message, as its reader asks for it. Numbers that are missing are NaN. */
export type FeedField = {
  readonly name: string;
  readonly kind: 'number' | 'time' | 'text';
  /** Its place in the row. Text is an index there. */
  readonly at: number;
  readonly texts?: readonly Buffer[];
};

/**
 * Messages of one stream of a simulation in the order of their arrival. From an equal place everything that follows is
 * equal, whoever asks and when.
 */
export interface Feed {
  readonly fields: readonly FeedField[];
  /** Moves to the next message; false: there is none any more. */
  next(): boolean;
  /** Of the message that `next` has moved to, until the next call. */
  readonly row: Float64Array;
  readonly offset: number;
  readonly arrivalUs: number;
  /** Messages so far, this one included. */
  readonly sequence: number;
  /** The last one at which all that is to come followed from a few numbers. */
  readonly restingPlace: RestingPlace;
}

export type RestingPlace = {
  /** Messages before it. */
  readonly sequence: number;
  readonly second: number;
  /** Of the machines, in a form for a checkpoint. */
  readonly state: string;
};
