import { type Expression, SEVERITIES, type ValueType } from '../../dsl/plan.ts';
import { QUALITY_WORDS, type SymbolTable } from '../batch.ts';
import { assert } from '../errors.ts';
import { functionOf } from '../functions/index.ts';
import type { Functions } from '../functions/own-functions.ts';
import { always, type BoolCode, type Code, isText, kindOf, type NumberCode, nullOf, plain } from './code.ts';
import type { LoopSource } from './loop-source.ts';
import { and, byte, choose, isAtom, not, numberLiteral, or, symbolLiteral, wrap } from './source.ts';

/** From an expression to the source of its value, with what has to be named on the way put into the loop. */
export class Translator {
  readonly #loop: LoopSource;
  readonly #symbols: SymbolTable;
  readonly #functions: Functions;
  readonly #exists: string;

  /** `exists`: the source of whether the entry is a row. */
  constructor(
    loop: LoopSource,
    context: { readonly symbols: SymbolTable; readonly functions: Functions; readonly exists: string },
  ) {
    this.#loop = loop;
    this.#symbols = context.symbols;
    this.#functions = context.functions;
    this.#exists = context.exists;
  }

  /** What to store in a column of the expression's type. */
  result(expression: Expression): { readonly value: string; readonly there: string } {
    const code = this.#settle(this.#convert(this.#code(expression), expression.type));
    const there = this.#loop.name('there', code.there);
    switch (code.kind) {
      case 'bool':
        return { value: byte(code.isTrue), there };
      case 'symbol':
        return { value: choose(there, code.value, '0'), there };
      case 'string':
        return { value: choose(there, code.value, '""'), there };
      default:
        return { value: code.value, there };
    }
  }

  truth(expression: Expression): BoolCode {
    const code = this.#convert(this.#code(expression), 'bool');
    assert(code.kind === 'bool', 'a condition is a bool');
    return code;
  }

  #code(expression: Expression): Code {
    switch (expression.kind) {
      case 'literal':
        return this.#literal(expression);
      case 'column':
        return this.#column(expression);
      case 'negate': {
        const operand = this.#number(expression.operand);
        return { ...operand, value: `-${wrap(operand.value)}` };
      }
      case 'not': {
        const { isTrue, isFalse, there } = this.truth(expression.operand);
        return { kind: 'bool', isTrue: isFalse, isFalse: isTrue, there };
      }
      case 'and': {
        const { isTrue, isFalse, there } = this.#either(expression, 'isFalse');
        return { kind: 'bool', isTrue: isFalse, isFalse: isTrue, there };
      }
      case 'or':
        return this.#either(expression, 'isTrue');
      case 'compare':
        return this.#compare(expression.operator, this.#code(expression.left), this.#code(expression.right));
      case 'arithmetic':
        return this.#arithmetic(expression);
      case 'coalesce':
        return this.#coalesce(expression);
      case 'is-null':
        return always(not(this.#settle(this.#code(expression.operand)).there));
      case 'in':
        return this.#in(expression);
      case 'case':
        return this.#case(expression);
      case 'call':
        return this.#call(expression);
    }
  }

  #literal({ type, value }: Of<'literal'>): Code {
    if (value === null) return nullOf(type);
    if (typeof value === 'boolean') return always(String(value));
    if (typeof value === 'number') {
      return { kind: 'number', value: numberLiteral(value), there: 'true', isFinite: true };
    }
    if (type === 'quality' || type === 'severity') {
      const words: readonly string[] = type === 'quality' ? QUALITY_WORDS : SEVERITIES;
      assert(words.includes(value), `${value} is no ${type}`);
      return { kind: type, value: String(words.indexOf(value)), there: 'true' };
    }
    return { kind: 'string', value: JSON.stringify(value), there: 'true', literal: value };
  }

  #column({ type, column }: Of<'column'>): Code {
    const { value, there } = this.#loop.read(column);
    switch (type) {
      case 'bool': {
        if (there === 'true') return always(`${value} === 1`);
        return { kind: 'bool', isTrue: and(there, `${value} === 1`), isFalse: and(there, `${value} === 0`), there };
      }
      case 'symbol':
      case 'quality':
      case 'severity':
        return { kind: type, value, there };
      case 'string': // `??`: what no row holds may be missing
        return { kind: type, value: `${value} ?? ""`, there };
      default:
        return { kind: 'number', value, there, isFinite: true };
    }
  }

  #number(expression: Expression): NumberCode {
    const code = this.#convert(this.#code(expression), 'float');
    assert(code.kind === 'number', 'arithmetic is on numbers');
    return code;
  }

  /** `or` with isTrue; `and` is its mirror image, with isFalse. */
  #either({ left, right }: Of<'and' | 'or'>, side: 'isTrue' | 'isFalse'): BoolCode {
    const other = side === 'isTrue' ? 'isFalse' : 'isTrue';
    const a = this.truth(left);
    const b = this.truth(right);
    const isTrue = or(a[side], b[side]);
    const isFalse = and(a[other], b[other]);
    const isAlwaysThere = a.there === 'true' && b.there === 'true';
    return { kind: 'bool', isTrue, isFalse, there: isAlwaysThere ? 'true' : or(isTrue, isFalse) };
  }

  #compare(operator: Of<'compare'>['operator'], left: Code, right: Code): BoolCode {
    const isEquality = operator === '==' || operator === '!=';
    const [a, b] = this.#alike(left, right, isEquality).map(code => this.#settle(code)) as [Code, Code];
    const sign = operator === '==' ? '===' : operator === '!=' ? '!==' : operator;
    return this.#when(and(a.there, b.there), `${wrap(plain(a))} ${sign} ${wrap(plain(b))}`);
  }

  /** Texts are compared by id where it is only asked whether they are equal and both have one. */
  #alike(left: Code, right: Code, isEquality: boolean): [Code, Code] {
    if (!isText(left) || !isText(right)) return [left, right];
    const haveIds = [left, right].every(code => code.kind === 'symbol' || code.literal !== undefined);
    const haveSymbol = left.kind === 'symbol' || right.kind === 'symbol';
    const type = isEquality && haveIds && haveSymbol ? 'symbol' : 'string';
    return [this.#convert(left, type), this.#convert(right, type)];
  }

  #arithmetic({ operator, left, right }: Of<'arithmetic'>): NumberCode {
    const a = this.#number(left);
    // x / Infinity would be 0
    const b = operator === '/' ? (this.#settle(this.#number(right)) as NumberCode) : this.#number(right);
    const there = and(a.there, b.there);
    return { kind: 'number', value: `${wrap(a.value)} ${operator} ${wrap(b.value)}`, there, isFinite: false };
  }

  #coalesce({ type, left, right }: Of<'coalesce'>): Code {
    const first = this.#settle(this.#convert(this.#code(left), type));
    if (first.there === 'true') return first;
    const isThere = this.#loop.name('there', first.there);
    return this.#choose(isThere, { ...first, there: 'true' }, this.#convert(this.#code(right), type));
  }

  #in({ operand, items }: Of<'in'>): BoolCode {
    const value = this.#settle(this.#code(operand));
    const equals = items.map(item => this.#compare('==', value, this.#code(item)));
    const isTrue = or(...equals.map(code => code.isTrue));
    if ([value, ...equals].every(code => code.there === 'true')) return always(isTrue);
    const isFalse = and(value.there, ...equals.map(code => code.isFalse));
    return { kind: 'bool', isTrue, isFalse, there: or(isTrue, isFalse) };
  }

  #case({ type, branches, otherwise }: Of<'case'>): Code {
    const codes = branches.map(({ when, then }) => ({
      condition: this.#loop.name('when', this.truth(when).isTrue),
      then: this.#convert(this.#code(then), type),
    }));
    return codes.reduceRight<Code>(
      (rest, { condition, then }) => this.#choose(condition, then, rest),
      this.#convert(this.#code(otherwise), type),
    );
  }

  /** Both codes are of one kind; `condition` is an atom. */
  #choose(condition: string, then: Code, otherwise: Code): Code {
    if (then.kind === 'bool' || otherwise.kind === 'bool') {
      assert(then.kind === 'bool' && otherwise.kind === 'bool', 'branches have one type');
      const isTrue = this.#loop.name('isTrue', choose(condition, then.isTrue, otherwise.isTrue));
      if (then.there === 'true' && otherwise.there === 'true') return always(isTrue);
      const isFalse = this.#loop.name('isFalse', choose(condition, then.isFalse, otherwise.isFalse));
      return { kind: 'bool', isTrue, isFalse, there: or(isTrue, isFalse) };
    }
    const value = this.#loop.name('value', choose(condition, then.value, otherwise.value));
    const there = this.#loop.name('there', choose(condition, then.there, otherwise.there));
    if (then.kind !== 'number' || otherwise.kind !== 'number') return { kind: then.kind, value, there } as Code;
    return { kind: 'number', value, there, isFinite: then.isFinite && otherwise.isFinite };
  }

  #call({ function: name, arguments: expressions }: Of<'call'>): Code {
    const { result, inline, byType, isOwn } = functionOf(name, this.#functions);
    const firstType = expressions[0]?.type;
    const isByType = firstType !== undefined && byType?.[firstType] !== undefined;
    const codes = expressions.map(expression => this.#settle(this.#forCall(this.#code(expression))));
    const isThere = this.#loop.name('there', and(...codes.map(code => code.there)));
    const values = codes.map(code => this.#loop.name('value', plain(code)));
    if (isOwn) return this.#ownCall({ name, result, isThere, values });
    const isInline = inline !== undefined && !isByType;
    const source = `functions.${name}.${isByType ? `byType.${firstType}` : 'evaluate'}`;
    const call = isInline ? inline(...values) : `${this.#loop.function({ name, source })}(${values.join(', ')})`;
    switch (result) {
      case 'number':
        return {
          kind: 'number',
          value: isInline ? call : choose(isThere, call, '0'),
          there: isThere,
          isFinite: false,
        };
      case 'string':
        return { kind: 'string', value: choose(isThere, call, '""'), there: isThere };
      case 'bool':
        return this.#when(isThere, call);
    }
  }

  /** Called where there is a row, and its arguments are; null is a value of its own. */
  #ownCall({
    name,
    result,
    isThere,
    values,
  }: {
    readonly name: string;
    readonly result: 'number' | 'bool' | 'string';
    readonly isThere: string;
    readonly values: readonly string[];
  }): Code {
    const local = this.#loop.function({ name, source: `functions.${name}.evaluate` });
    const isCalled = this.#loop.name('isCalled', and(this.#exists, isThere));
    const given = this.#loop.name('given', choose(isCalled, `${local}(${values.join(', ')})`, 'null'));
    const there = this.#loop.name('there', `${given} !== null`);
    switch (result) {
      case 'number':
        return { kind: 'number', value: this.#loop.name('value', choose(there, given, '0')), there, isFinite: true };
      case 'string':
        return { kind: 'string', value: choose(there, given, '""'), there };
      case 'bool':
        return { kind: 'bool', isTrue: `${given} === true`, isFalse: `${given} === false`, there };
    }
  }

  /** Functions see texts, not ids and bytes. */
  #forCall(code: Code): Code {
    return code.kind === 'number' || code.kind === 'bool' ? code : this.#convert(code, 'string');
  }

  #convert(code: Code, type: ValueType): Code {
    const kind = kindOf(type);
    if (code.kind === kind) return code;
    if (code.there === 'false') return nullOf(type);
    assert(kind === 'symbol' || kind === 'string', `a ${code.kind} is no ${type}`);
    assert(code.kind !== 'number' && code.kind !== 'bool', `a ${code.kind} is no ${type}`);
    if (kind === 'string') {
      if (code.kind === 'symbol') return { kind, value: `symbols.textOf(${code.value})`, there: code.there };
      const words = { quality: 'qualityWords', severity: 'severityWords', string: '' }[code.kind];
      return { kind, value: `${words}[${code.value}] ?? ""`, there: code.there };
    }
    assert(code.kind === 'string', `a ${code.kind} is no symbol`);
    if (code.literal !== undefined) {
      return { ...code, kind, value: symbolLiteral(this.#symbols.idOf(code.literal), code.literal) };
    }
    const there = this.#loop.name('there', code.there);
    return { kind, value: this.#loop.name('id', choose(there, `symbols.idOf(${code.value})`, '0')), there };
  }

  /** The same with a value that may be used again, and null if it is not finite. */
  #settle(code: Code): Code {
    if (code.kind === 'bool') {
      const isTrue = this.#loop.name('isTrue', code.isTrue);
      if (code.there === 'true') return always(isTrue);
      const isFalse = this.#loop.name('isFalse', code.isFalse);
      return { kind: 'bool', isTrue, isFalse, there: isAtom(code.there) ? code.there : or(isTrue, isFalse) };
    }
    const value = this.#loop.name('value', code.value);
    if (code.kind !== 'number' || code.isFinite) return { ...code, value };
    return { ...code, value, there: and(code.there, `Number.isFinite(${value})`), isFinite: true };
  }

  #when(there: string, condition: string): BoolCode {
    if (there === 'true') return always(condition);
    const isThere = this.#loop.name('there', there);
    return {
      kind: 'bool',
      isTrue: and(isThere, condition),
      isFalse: and(isThere, not(condition)),
      there: isThere,
    };
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;
