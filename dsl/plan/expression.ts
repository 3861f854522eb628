import type { ValueType } from './field.ts';

export type ColumnExpression = { readonly kind: 'column'; readonly type: ValueType; readonly column: string };

/**
 * Typed expressions. Logic is Kleene's; arithmetic and comparison with null give null; x / 0 and other results that
 * are not finite give null. Functions are those of `dsl/catalog`. `time` is the event's time as a column.
 */
export type Expression =
  | { readonly kind: 'literal'; readonly type: ValueType; readonly value: number | string | boolean | null }
  | ColumnExpression
  | { readonly kind: 'negate'; readonly type: ValueType; readonly operand: Expression }
  | { readonly kind: 'not'; readonly type: 'bool'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly type: 'bool'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'compare';
      readonly type: 'bool';
      readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'arithmetic';
      readonly type: ValueType;
      readonly operator: '+' | '-' | '*' | '/';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'coalesce'; readonly type: ValueType; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'is-null'; readonly type: 'bool'; readonly operand: Expression }
  | { readonly kind: 'in'; readonly type: 'bool'; readonly operand: Expression; readonly items: readonly Expression[] }
  | {
      readonly kind: 'case';
      readonly type: ValueType;
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression; // a null literal where the file has no else
    }
  | {
      readonly kind: 'call';
      readonly type: ValueType;
      readonly function: string;
      readonly version?: number; // of a function that the program brings; absent: one of the language
      readonly arguments: readonly Expression[];
    };
