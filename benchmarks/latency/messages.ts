/** What the processes of this benchmark tell each other. */
export type ToTimer =
  | { readonly kind: 'flood'; readonly events: number }
  | { readonly kind: 'time'; readonly eventsPerSecond: number; readonly seconds: number };

export type FromTimer = 'ready' | { readonly engine: Arrivals; readonly bare: Arrivals };

/** Of each event that raises an alert: when it was published, from the start of what is measured, and how long its alert took. */
export type Arrivals = { readonly sentMs: Float64Array; readonly tookMs: Float64Array };

/** Of the readings; the answers of the engine, and of a program that only parses. */
export const SUBJECTS = { readings: 'timed.readings', engine: 'alerts.hot', bare: 'bare.hot' } as const;

/** What a reading has to be above. */
export const LIMIT = 100;
/** One of so many events is. */
export const HOT_EVERY = 100;

export type TimedReading = {
  readonly device: string;
  readonly value: number;
  readonly sent: number;
  readonly ts: number;
};
