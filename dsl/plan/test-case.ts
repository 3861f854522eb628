import type { AlertChangeKind, Severity } from './alert-changes.ts';
import type { ValueType } from './field.ts';

/** A `test` block. Times are microseconds of the test's virtual clock, which starts at 0. */
export type TestCase = {
  readonly title: string;
  readonly rule: string | null;
  readonly file: string;
  readonly line: number;
  readonly steps: readonly TestStep[];
};

export type FieldValues = Readonly<Record<string, number | string | boolean | null>>;

export type TestStep =
  | {
      readonly kind: 'feed';
      readonly stream: string;
      readonly values: FieldValues;
      readonly everyUs: number | null; // null: one event
      readonly atUs: number;
      readonly lateUs: number;
      readonly series: readonly { readonly field: string; readonly segments: readonly FeedSegment[] }[];
      readonly line: number;
    }
  /** A row of a table is found; `atUs` null: it is there before the first event. */
  | {
      readonly kind: 'row';
      readonly table: string;
      readonly values: FieldValues;
      readonly atUs: number | null;
      readonly line: number;
    }
  | { readonly kind: 'restart'; readonly atUs: number; readonly line: number }
  | {
      readonly kind: 'expect';
      readonly isNegated: boolean;
      readonly target: { readonly kind: 'rule' | 'stream'; readonly name: string };
      readonly key: readonly (number | string | boolean)[];
      readonly severity: Severity | null;
      readonly change: AlertChangeKind | null;
      readonly values: FieldValues;
      readonly types: Readonly<Record<string, ValueType>>; // of these values
      /** at: from = to; before t: [0, t); after t: (t, ∞), which is null; between: [from, to] */
      readonly when: {
        readonly kind: 'at' | 'before' | 'after' | 'between';
        readonly fromUs: number;
        readonly toUs: number | null;
      } | null;
      readonly line: number;
      readonly text: string; // as written, for the message of a failure
    };

export type FeedSegment =
  | {
      readonly kind: 'constant';
      readonly value: number | string | boolean | null;
      readonly forUs: number;
      readonly lateUs: number;
    }
  | {
      readonly kind: 'ramp';
      readonly from: number;
      readonly to: number;
      readonly overUs: number;
      readonly lateUs: number;
    }
  | {
      readonly kind: 'noise';
      readonly mean: number;
      readonly deviation: number;
      readonly forUs: number;
      readonly lateUs: number;
    }
  | { readonly kind: 'gap'; readonly forUs: number };
