import { describe, expect, it } from 'vitest';
import { NO_SYMBOL, SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { field, motorNode, rowsOf } from '../connectors/sources.ts';

/** What becomes of texts in one field: the text, or the rejection's code. */
function takeAll(options: {
  readonly symbols: SymbolTable;
  readonly texts: readonly string[];
  readonly how: 'json' | 'bytes';
  readonly type?: 'symbol' | 'string';
  readonly isKey?: boolean;
  readonly isNeeded?: boolean;
}): unknown[] {
  const { symbols, texts, how, type = 'symbol', isKey = false, isNeeded = true } = options;
  const node = motorNode({ key: isKey ? ['x'] : [], fields: [field('x', type, { isNeeded })], time: null });
  const builder = new BatchBuilder(node, symbols);
  builder.arrivalUs = 0;
  return texts.map(text => {
    if (how === 'json') builder.setValue(0, text);
    else builder.setBytes(0, Buffer.from(text), 0, Buffer.byteLength(text));
    if (!builder.commit()) builder.refuse({ raw: text });
    const batch = builder.build();
    if (batch.length === 0) return batch.rejected[0]!.code;
    return isNeeded || isKey ? rowsOf(batch, ['x'], symbols)[0]!['x'] : 'taken';
  });
}

describe.each(['json', 'bytes'] as const)('symbols from %s', how => {
  it('of which there are too many are rejected; those that are known go on', () => {
    const symbols = new SymbolTable({ maxTexts: 2 });
    const texts = ['a', 'b', 'c', 'a', 'c', 'b'];
    expect(takeAll({ symbols, texts, how })).toEqual(['a', 'b', 'MR4022', 'a', 'MR4022', 'b']);
    expect(symbols.size).toBe(2);
  });

  it('have a bound in bytes, too', () => {
    const symbols = new SymbolTable({ maxTextBytes: 10 });
    const texts = ['ääää', 'abc', 'ab', 'a', 'ääää'];
    expect(takeAll({ symbols, texts, how })).toEqual(['ääää', 'MR4022', 'ab', 'MR4022', 'ääää']);
  });

  it('may be of 64 KB, and of no more, needed or not', () => {
    const longest = 'x'.repeat(65_536);
    const texts = [longest, `${longest}x`, `${'x'.repeat(65_535)}ä`, longest];
    for (const isNeeded of [true, false]) {
      const taken = isNeeded ? longest : 'taken';
      const outcomes = [taken, 'MR4023', 'MR4023', taken];
      expect(takeAll({ symbols: new SymbolTable(), texts, how, isNeeded })).toEqual(outcomes);
    }
  });

  it('a string is bounded where it is the key', () => {
    const options = {
      symbols: new SymbolTable({ maxTexts: 0 }),
      texts: ['x'.repeat(65_537)],
      how,
      type: 'string',
    } as const;
    expect(takeAll({ ...options, isKey: true })).toEqual(['MR4023']);
    expect(takeAll(options)).toEqual(options.texts);
  });
});

it('what a table was restored with counts; texts of our own find room in any case', () => {
  const before = new SymbolTable();
  const symbols = SymbolTable.restore([before.pack(['a', 'b'].map(text => before.idOf(text)))]);
  expect(symbols.admit('a')).toBe(0);
  const full = new SymbolTable({ maxTexts: 0 });
  expect(full.admit('a')).toBe(NO_SYMBOL);
  expect(full.idOf('a')).toBe(0);
  expect(full.admit('a')).toBe(0);
});

it('a text that was freed and came again behind a checkpoint has its new id when both are restored', () => {
  const before = new SymbolTable();
  const [a, , c] = ['a', 'b', 'c'].map(text => before.idOf(text));
  const all = before.pack(before.ids());
  before.takeAssigned();
  before.free([a!, c!]);
  const again = before.idOf('a');
  expect(again).not.toBe(a);
  const since = before.pack(before.takeAssigned());
  const restored = SymbolTable.restore([all, since]);
  expect(restored.idOf('a')).toBe(again);
  expect([...restored.ids()].map(id => restored.textOf(id)).toSorted()).toEqual(['a', 'b']);
  expect(restored.idOf('c')).toBe(a); // which is free
});
