import type {
  AggregateName,
  BoundAggregate,
  DetectorNode,
  DetectorOutput,
  Expression,
  HistoryNode,
  RangeNode,
  ValueType,
} from '../plan.ts';
import type { Diagnostic, Span } from '../diagnostics.ts';
import type { Expression as Syntax } from '../ast.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import type { ScalarFunction } from '../catalog/scalar-function.ts';
import type { Unit } from '../catalog/unit.ts';
import type { TableSchema } from './schema.ts';

/**
 * What an expression says once it is checked: its part of the plan, its type and unit. Literals are already converted
 * to the unit that they stand beside; what is constant is a literal after folding.
 */
export type Checked = {
  readonly expression: Expression;
  readonly type: ValueType;
  readonly unit: Unit | null;
  readonly span: Span;
  /** Where it is a plain field or constant: its name and declaration, for "declared here" in messages. */
  readonly named?: { readonly name: string; readonly declaredAt: Span | null };
};

/** What a name means where an expression stands. */
export type Binding =
  | {
      readonly kind: 'column';
      readonly column: string;
      readonly type: ValueType;
      readonly unit: Unit | null;
      readonly declaredAt: Span | null; // for "declared here" in messages
    }
  | { readonly kind: 'constant'; readonly value: Checked; readonly declaredAt: Span }
  /** A field of both sides of a join, which are called so. */
  | { readonly kind: 'shared'; readonly names: readonly string[] }
  /** A field whose declaration is wrong: it has no type, and nothing more is said about it. */
  | { readonly kind: 'faulty' }
  /** A value of an event that a pattern has bound, which is kept of it because it is asked for here. */
  | {
      readonly kind: 'bound';
      readonly ask: () => string; // its column
      readonly type: ValueType;
      readonly unit: Unit | null;
      readonly declaredAt: Span | null;
    }
  | RepeatedBinding
  /** A name that is known, and cannot be read here. */
  | { readonly kind: 'unreadable'; readonly why: (span: Span) => Diagnostic }
  /** A field of a table's row, whose key has these values. */
  | {
      readonly kind: 'looked-up';
      readonly table: string;
      readonly key: readonly Expression[];
      readonly field: LookedUpField;
      readonly declaredAt: Span | null;
    }
  /** `lookup d = devices[device]`: the key means what it means where `d` is used. */
  | { readonly kind: 'lookup'; readonly table: TableSchema; readonly key: readonly Syntax[]; readonly declaredAt: Span }
  | { readonly kind: 'table'; readonly table: TableSchema }
  /** A name that stands for something with members: a stream alias, a look-up, an event that a pattern has bound. */
  | RecordBinding;

export type RecordBinding = {
  readonly kind: 'record';
  readonly members: ReadonlyMap<string, Binding>;
  readonly declaredAt: Span | null;
  /** Of a pattern: there is one of it, and no first or second. */
  readonly isEvent?: true;
  /** Null where there is no such row; absent: there always is. */
  readonly presence?: () => Expression;
};

/** An event that may or may not be bound. */
export type BoundRecord = RecordBinding & Required<Pick<RecordBinding, 'presence'>>;

/** `text`: as a rule file writes it. */
export type BoundColumn = {
  readonly column: string | null;
  readonly type: ValueType;
  readonly unit: Unit | null;
  readonly text: string;
};

/** What a pattern has bound several events to: one of them is meant, or an aggregate over all. */
export type RepeatedBinding = {
  readonly kind: 'repeated';
  readonly name: string;
  readonly first: BoundRecord;
  readonly last: BoundRecord;
  readonly at: (index: number) => BoundRecord; // from 0
  readonly most: number | null; // how many there can be
  /** Fields as they are in each of the events, for arguments of aggregates. */
  readonly members: ReadonlyMap<string, Binding>;
  readonly hoist: Hoist;
  /** The column of an aggregate over a column of the events; null: over the events themselves. */
  readonly ask: (aggregate: BoundAggregate, of: BoundColumn) => string;
  readonly declaredAt: Span;
};

/** A name that means nothing where it stands: alone, as a value, or in front of a `.`. */
export type UnboundName = { readonly name: string; readonly span: Span; readonly isRow: boolean };

/** The surroundings of an expression: its names, and what may be hoisted out of it into column nodes. */
export interface Scope {
  resolve(name: string): Binding | undefined;
  /** What to say of a name that means nothing here; absent, or undefined: what is always said. */
  readonly unbound?: (name: UnboundName) => Diagnostic | undefined;
  /** All names, for "did you mean". */
  names(): readonly string[];
  /** What the place allows: aggregates of the statement's window without a range, ranges, neither. */
  readonly aggregates: 'window' | 'range' | 'none';
  /** Whether `duration()` measures the panes of the statement's window. */
  readonly hasDuration?: boolean;
  /** Functions of the program. Where there is nothing to hoist to, they are known and cannot be called. */
  readonly functions?: Readonly<Record<string, ScalarFunction>>;
  /** What `alert("rule", key)` means; absent: it cannot stand here. */
  readonly alertCall?: (call: Call, checker: Checker) => Checked | null;
  readonly place: string; // for messages: "`where`", "a level's `when`"
  readonly hoist: Hoist;
  /** Takes note of the unit in which a column was compared with a constant, for what people read; the first one stays. */
  readonly comparedUnits?: Map<string, Unit>;
  /** Told where a column is written as a call, for messages that repeat it. */
  readonly onCall?: (column: string, span: Span) => void;
}

/**
 * Turns what needs state into columns of their own and returns the column's name. Equal calls give equal names, so
 * that rules which ask the same share it.
 */
export interface Hoist {
  /** A column for a pure expression; a plain column is returned as it is. */
  compute(expression: Expression): string;
  window(call: AggregateCall): string;
  range(call: AggregateCall & { readonly range: RangeNode['range'] }): string;
  /** Null where there is no event whose row could be looked up. `isOfEvents`: it stands in an aggregate. */
  readonly lookup: ((call: LookupCall, options: { readonly isOfEvents: boolean }) => string) | null;
  history(call: Omit<HistoryNode, 'kind' | 'id' | 'input' | 'quality'>): string;
  detector(call: DetectorCall, output: Omit<DetectorOutput, 'name'>): string;
}

export type DetectorCall = Omit<DetectorNode, 'kind' | 'id' | 'input' | 'quality' | 'outputs'>;

export type LookedUpField = { readonly name: string; readonly type: ValueType; readonly unit: Unit | null };

export type LookupCall = {
  readonly table: string;
  readonly key: readonly Expression[];
  readonly field: LookedUpField;
};

export type AggregateCall = {
  readonly aggregate: AggregateName;
  readonly arguments: readonly string[];
  readonly parameter?: number;
  readonly type: ValueType;
};
