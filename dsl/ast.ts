/**
 * The syntax tree: what a rule file says, before anything is checked. Every node has its span, so that each later
 * message can show the place. Names are kept as written; nothing is resolved here.
 */
import type { Span } from './diagnostics.ts';

export type Identifier = { readonly kind: 'identifier'; readonly name: string; readonly span: Span };

export type Comment = {
  readonly text: string; // with its `//`
  readonly span: Span;
  readonly isOwnLine: boolean; // false: it trails code on the same line
};

export type File = {
  readonly kind: 'file';
  readonly file: string;
  readonly statements: readonly Statement[];
  readonly comments: readonly Comment[];
};

export type Statement =
  | LetStatement
  | IncludeStatement
  | StreamStatement
  | DeriveStatement
  | StoreStatement
  | TableStatement
  | RuleStatement
  | RouteStatement
  | TestStatement;

/** `let limit = 85 degC` */
export type LetStatement = {
  readonly kind: 'let';
  readonly name: Identifier;
  readonly value: Expression;
  readonly span: Span;
};

/** `include "site.mill"` */
export type IncludeStatement = { readonly kind: 'include'; readonly path: StringLiteral; readonly span: Span };

// ---------------------------------------------------------------- streams

/** `stream motor from nats "plant.*.*.motor" json { … }`; the codec word is optional (`file` finds it by the name). */
export type StreamStatement = {
  readonly kind: 'stream';
  readonly name: Identifier;
  readonly connector: Identifier;
  readonly address: StringLiteral;
  readonly codec: Identifier | null;
  readonly members: readonly StreamMember[];
  readonly span: Span;
};

export type StreamMember = FieldMember | TimeMember | SettingMember | UniqueMember;

/** `key device: symbol = subject[3]` · `temp: float degC = $.t * 0.1 - 50 in -40..200` · `q: quality default good` */
export type FieldMember = {
  readonly kind: 'field';
  readonly isKey: boolean;
  readonly name: Identifier;
  readonly type: Identifier;
  readonly unit: UnitText | null;
  readonly value: Expression | null; // after `=`: paths, subject tokens, number(…), scaling
  readonly range: { readonly low: Expression; readonly high: Expression; readonly span: Span } | null;
  readonly default: Expression | null;
  readonly span: Span;
};

/** `time ts as ms`: the field's own name in the payload, or a path. */
export type TimeMember = {
  readonly kind: 'time';
  readonly value: Expression; // a name or a path
  readonly format: Identifier | null; // s | ms | us | ns | iso
  readonly span: Span;
};

/** `lateness 5s` · `idle 30s` · `idle never` · `future 10s` · `expire 90d` */
export type SettingMember = {
  readonly kind: 'setting';
  readonly name: Identifier;
  readonly value: DurationLiteral | 'never';
  readonly span: Span;
};

/** `unique by id, ts within 10m` */
export type UniqueMember = {
  readonly kind: 'unique';
  readonly fields: readonly Identifier[];
  readonly within: DurationLiteral;
  readonly span: Span;
};

/** A unit as written: `degC`, `mm/s`, `K/min`. */
export type UnitText = { readonly text: string; readonly span: Span };

/** `store motor keep 30d` */
export type StoreStatement = {
  readonly kind: 'store';
  readonly stream: Identifier;
  readonly keep: DurationLiteral | null;
  readonly span: Span;
};

/** `table devices from file "devices.csv" key device: symbol { site: symbol … }` */
export type TableStatement = {
  readonly kind: 'table';
  readonly name: Identifier;
  readonly connector: Identifier;
  readonly address: StringLiteral;
  readonly keys: readonly FieldMember[];
  readonly fields: readonly FieldMember[];
  readonly span: Span;
};

// ---------------------------------------------------------------- derived streams

/** `stream motor_1m = from motor where … by site window tumbling 1m select … having … emit every 10s revise within 7d` */
export type DeriveStatement = {
  readonly kind: 'derive';
  readonly name: Identifier;
  readonly from: FromClause;
  readonly lookups: readonly Lookup[];
  readonly where: Expression | null;
  readonly by: By | null;
  readonly window: Window | null;
  readonly select: readonly SelectItem[] | null;
  readonly having: Expression | null;
  readonly emit: { readonly every: DurationLiteral | null; readonly span: Span } | null; // every null: `emit on close`
  readonly revise: { readonly within: DurationLiteral; readonly span: Span } | null;
  readonly span: Span;
};

export type FromClause =
  | {
      readonly kind: 'from-stream';
      readonly stream: Identifier;
      readonly alias: Identifier | null;
      readonly span: Span;
    }
  | { readonly kind: 'from-side'; readonly side: 'rejected' | 'late'; readonly stream: Identifier; readonly span: Span }
  | {
      readonly kind: 'from-join';
      readonly join: 'inner' | 'left' | 'anti';
      readonly left: JoinSide;
      readonly right: JoinSide;
      readonly condition:
        | {
            readonly kind: 'within';
            readonly duration: DurationLiteral;
            readonly direction: 'before' | 'after' | 'around';
          }
        | { readonly kind: 'latest'; readonly within: DurationLiteral | null };
      readonly span: Span;
    }
  | { readonly kind: 'from-match'; readonly pattern: Pattern; readonly span: Span };

export type JoinSide = { readonly stream: Identifier; readonly alias: Identifier | null; readonly span: Span };

/** `lookup d = devices[device]` */
export type Lookup = {
  readonly name: Identifier;
  readonly table: Identifier;
  readonly key: readonly Expression[];
  readonly span: Span;
};

/** `by site, line` or `by global` */
export type By =
  | { readonly kind: 'by-fields'; readonly fields: readonly Expression[]; readonly span: Span }
  | { readonly kind: 'by-global'; readonly span: Span };

export type Window =
  | {
      readonly kind: 'tumbling';
      readonly size: DurationLiteral;
      readonly zone: StringLiteral | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'hopping';
      readonly size: DurationLiteral;
      readonly every: DurationLiteral;
      readonly zone: StringLiteral | null;
      readonly span: Span;
    }
  | { readonly kind: 'sliding'; readonly size: DurationLiteral; readonly span: Span }
  | {
      readonly kind: 'session';
      readonly gap: DurationLiteral;
      readonly max: DurationLiteral | null;
      readonly span: Span;
    }
  | { readonly kind: 'count'; readonly size: NumberLiteral; readonly every: NumberLiteral | null; readonly span: Span }
  | {
      readonly kind: 'state';
      readonly from: Expression;
      readonly to: Expression;
      readonly max: DurationLiteral | null;
      readonly span: Span;
    };

/** `avg(temp) as temp_avg`; without `as`, a plain field keeps its name. */
export type SelectItem = { readonly value: Expression; readonly name: Identifier | null; readonly span: Span };

// ---------------------------------------------------------------- patterns

/** Steps first, then `within`, `unless`, `skip`, `on timeout`, `max 500 partial`. */
export type Pattern = {
  readonly kind: 'pattern';
  readonly step: PatternStep;
  readonly across: Expression | null;
  readonly within: DurationLiteral | null;
  readonly unless: readonly {
    readonly event: PatternEvent;
    readonly between: readonly [Identifier, Identifier] | null;
    readonly span: Span;
  }[];
  readonly skip: 'past-last' | 'none' | null;
  readonly onTimeout: boolean;
  readonly maxPartial: NumberLiteral | null;
  readonly span: Span;
};

export type PatternStep =
  | PatternEvent
  | {
      readonly kind: 'sequence';
      readonly steps: readonly PatternStep[];
      readonly arrows: readonly ('->' | '~>')[]; // one fewer than steps
      readonly within: DurationLiteral | null; // of a part in parentheses
      readonly quantifier: Quantifier | null; // of a part in parentheses
      readonly span: Span;
    }
  | {
      readonly kind: 'any' | 'all'; // (a or b) · (a and b)
      readonly steps: readonly PatternStep[];
      readonly quantifier: Quantifier | null;
      readonly span: Span;
    }
  | { readonly kind: 'absence'; readonly event: PatternEvent; readonly for: DurationLiteral; readonly span: Span };

/** `v: motor[rms > 7.1 mm/s]{3}` */
export type PatternEvent = {
  readonly kind: 'event';
  readonly binding: Identifier | null;
  readonly stream: Identifier;
  readonly condition: Expression | null;
  readonly quantifier: Quantifier | null;
  readonly span: Span;
};

/** `{3}` is 3..3, `+` 1..null, `?` 0..1, `{2,5}` 2..5 */
export type Quantifier = { readonly min: number; readonly max: number | null; readonly span: Span };

// ---------------------------------------------------------------- rules

export type RuleStatement = {
  readonly kind: 'rule';
  readonly name: Identifier;
  readonly on: RuleInput;
  readonly lookups: readonly Lookup[];
  readonly where: Expression | null;
  readonly by: By | null;
  readonly members: readonly RuleMember[];
  readonly span: Span;
};

export type RuleInput =
  | { readonly kind: 'on-stream'; readonly stream: Identifier; readonly alias: Identifier | null; readonly span: Span }
  | { readonly kind: 'on-pattern'; readonly pattern: Pattern; readonly span: Span }
  | {
      readonly kind: 'on-silence';
      readonly stream: Identifier;
      readonly for: DurationLiteral;
      readonly expectedBy: Identifier | null;
      readonly span: Span;
    };

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';
export type SeverityWord = { readonly kind: 'severity'; readonly severity: Severity; readonly span: Span };

export type RuleMember =
  | {
      readonly kind: 'level';
      readonly severity: SeverityWord;
      readonly when: Expression | null; // null only for rules on patterns and silence
      readonly for: DurationLiteral | null;
      readonly gap: DurationLiteral | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'clear';
      readonly when: Expression | null;
      readonly for: DurationLiteral | null;
      readonly after: DurationLiteral | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'while';
      readonly condition: Expression;
      readonly settle: DurationLiteral | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'escalate';
      readonly to: SeverityWord;
      readonly after: DurationLiteral;
      readonly isUnlessAcked: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'cooldown'; readonly duration: DurationLiteral; readonly span: Span }
  | {
      readonly kind: 'text';
      readonly name: 'message' | 'cause' | 'consequence' | 'response' | 'runbook';
      readonly text: StringLiteral;
      readonly span: Span;
    }
  | {
      readonly kind: 'labels';
      readonly labels: readonly { readonly name: Identifier; readonly value: StringLiteral }[];
      readonly span: Span;
    }
  | { readonly kind: 'latch'; readonly span: Span }
  | { readonly kind: 'quality'; readonly otherwise: 'hold' | 'unknown'; readonly span: Span }
  | { readonly kind: 'suppress'; readonly when: Expression; readonly span: Span };

/** `route alerts where severity >= high to nats "alerts.{site}.{severity}", webhook "oncall"`; `to log` has no address. */
export type RouteStatement = {
  readonly kind: 'route';
  readonly stream: Identifier;
  readonly where: Expression | null;
  readonly targets: readonly {
    readonly connector: Identifier;
    readonly address: StringLiteral | null;
    readonly span: Span;
  }[];
  readonly span: Span;
};

// ---------------------------------------------------------------- tests

export type TestStatement = {
  readonly kind: 'test';
  readonly title: StringLiteral;
  readonly rule: Identifier | null; // `for overheating`
  readonly steps: readonly TestStep[];
  readonly span: Span;
};

export type TestStep = FeedStep | RestartStep | ExpectStep;

/**
 * `feed motor { device: "m1", rms: 1 mm/s } every 1s temp: 70 for 130s, ramp 70..90 over 1m, gap 30s`
 * or one event: `feed motor { … } at 5s`. `late 10s` delays the arrival of a segment, or of the whole feed.
 */
export type FeedStep = {
  readonly kind: 'feed';
  readonly stream: Identifier;
  readonly values: readonly FieldValue[];
  readonly every: DurationLiteral | null;
  readonly at: DurationLiteral | null; // of the one event, or where a series starts
  readonly late: DurationLiteral | null;
  readonly series: readonly { readonly field: Identifier; readonly segments: readonly FeedSegment[] }[];
  readonly span: Span;
};

export type FieldValue = { readonly name: Identifier; readonly value: Expression; readonly span: Span };

export type FeedSegment =
  | {
      readonly kind: 'constant';
      readonly value: Expression;
      readonly for: DurationLiteral;
      readonly late: DurationLiteral | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'ramp';
      readonly from: Expression;
      readonly to: Expression;
      readonly over: DurationLiteral;
      readonly late: DurationLiteral | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'noise';
      readonly mean: Expression;
      readonly deviation: Expression;
      readonly for: DurationLiteral;
      readonly late: DurationLiteral | null;
      readonly span: Span;
    }
  | { readonly kind: 'gap'; readonly for: DurationLiteral; readonly span: Span };

export type RestartStep = { readonly kind: 'restart'; readonly at: DurationLiteral; readonly span: Span };

/** `of`: a field, or a value of an alert as its rule writes it, `a.temp`, `avg(v.rms)`. */
export type ExpectedValue = { readonly of: Expression; readonly value: Expression; readonly span: Span };

/** `expect no overheating("m1") high raised before 290s` · `expect motor_1m("m1") { n: 60 } at 0s` */
export type ExpectStep = {
  readonly kind: 'expect';
  readonly isNegated: boolean;
  readonly target: Identifier; // a rule or a stream
  readonly key: readonly Expression[];
  readonly severity: SeverityWord | null;
  readonly change: Identifier | null; // raised | level | cleared …
  readonly values: readonly ExpectedValue[];
  readonly when:
    | { readonly kind: 'at' | 'before' | 'after'; readonly time: DurationLiteral; readonly span: Span }
    | { readonly kind: 'between'; readonly from: DurationLiteral; readonly to: DurationLiteral; readonly span: Span }
    | null;
  readonly span: Span;
};

// ---------------------------------------------------------------- expressions

export type Expression =
  | NumberLiteral
  | DurationLiteral
  | StringLiteral
  | { readonly kind: 'boolean'; readonly value: boolean; readonly span: Span }
  | { readonly kind: 'null'; readonly span: Span }
  | { readonly kind: 'name'; readonly name: string; readonly span: Span } // a field, a `let`, or a word such as good, high
  | { readonly kind: 'member'; readonly object: Expression; readonly property: Identifier; readonly span: Span }
  | { readonly kind: 'index'; readonly object: Expression; readonly index: readonly Expression[]; readonly span: Span }
  | { readonly kind: 'path'; readonly segments: readonly (string | number)[]; readonly span: Span } // $.a["b c"][0]
  | { readonly kind: 'call'; readonly name: Identifier; readonly arguments: readonly Expression[]; readonly span: Span }
  | { readonly kind: 'interval'; readonly low: Expression; readonly high: Expression; readonly span: Span } // `10..20`, of a call
  | { readonly kind: 'adapt'; readonly after: DurationLiteral; readonly span: Span } // `adapt 7d`, of a call
  | { readonly kind: 'season'; readonly period: DurationLiteral; readonly span: Span } // `season 1d`, of a call
  | { readonly kind: 'events'; readonly count: number; readonly span: Span } // `10 events`, as a range
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly operand: Expression; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | { readonly kind: 'is-null'; readonly operand: Expression; readonly isNegated: boolean; readonly span: Span }
  | {
      readonly kind: 'in';
      readonly operand: Expression;
      readonly items: readonly Expression[] | { readonly low: Expression; readonly high: Expression };
      readonly isNegated: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'rarer'; // anomaly(rms) rarer than 1 per 30d
      readonly operand: Expression;
      readonly count: number;
      readonly per: DurationLiteral;
      readonly span: Span;
    };

export type BinaryOperator = 'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '??';

/** A number with its unit, if any: `85 degC`, `90%`, `7.1 mm/s`. `text` is the number as written. */
export type NumberLiteral = {
  readonly kind: 'number';
  readonly value: number;
  readonly text: string;
  readonly unit: UnitText | null;
  readonly span: Span;
};

/** `1h30m`: no blank between number and unit. */
export type DurationLiteral = {
  readonly kind: 'duration';
  readonly us: number;
  readonly text: string;
  readonly span: Span;
};

/** `value` is unescaped. */
export type StringLiteral = { readonly kind: 'string'; readonly value: string; readonly span: Span };
