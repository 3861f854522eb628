import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PackedTexts, SymbolTable } from '../../engine/batch.ts';
import { hashBytes } from '../../engine/batch/text-store.ts';

/** What the table has to be: a Map with ids that are given out again. */
class Oracle {
  readonly ids = new Map<string, number>();
  readonly #free = new Set<number>();
  #size = 0;

  /** The id that the table gave must be one that may be given. */
  check(text: string, id: number): void {
    const known = this.ids.get(text);
    if (known !== undefined) return expect(id).toBe(known);
    if (this.#free.size > 0) expect(this.#free.delete(id)).toBe(true);
    else expect(id).toBe(this.#size++);
    this.ids.set(text, id);
  }

  free(text: string): number {
    const id = this.ids.get(text)!;
    this.ids.delete(text);
    this.#free.add(id);
    return id;
  }
}

type Step = { readonly kind: 'text' | 'bytes' | 'free' | 'restore'; readonly text: string };

const halfPairs = fc.constantFrom('\ud800', 'a\udc00', '\ud800\ud800', 'ä\ud9ff');
const texts = fc.oneof(
  fc.nat({ max: 200 }).map(number => `device-${number}`),
  fc.string({ unit: 'grapheme', maxLength: 70 }),
  fc.constantFrom('', '__proto__', '\0', '\uffff', '\ufffd', 'é', 'e\u0301'),
  halfPairs,
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ kind: fc.constantFrom('text', 'text', 'bytes', 'bytes', 'free', 'restore'), text: texts }),
  { maxLength: 400, size: 'max' },
);

describe('a symbol table', () => {
  it('gives each text an id of its own, through frees and restores, and the text back', () => {
    fc.assert(
      fc.property(steps, each => {
        let table = new SymbolTable();
        const oracle = new Oracle();
        for (const { kind, text } of each) table = step(table, oracle, kind, text);
        for (const [text, id] of oracle.ids) {
          expect(table.textOf(id)).toBe(text);
          expect(table.idOf(text)).toBe(id);
        }
        expect(table.count).toBe(oracle.ids.size);
        expect([...table.ids()]).toEqual([...oracle.ids.values()].sort((a, b) => a - b));
      }),
    );
  });

  it('does so for many, and for those that are let go of and come again', () => {
    const table = new SymbolTable();
    const name = (index: number) => `plant-3/pump-${index}`;
    for (let index = 0; index < 50_000; index++) expect(table.admit(name(index))).toBe(index);
    table.free(Array.from({ length: 40_000 }, (_, i) => i + 5_000));
    for (let index = 0; index < 5_000; index++) expect(bytesId(table, name(index))).toBe(index);
    for (let index = 45_000; index < 50_000; index++) expect(table.textOf(index)).toBe(name(index));
    const again = Array.from({ length: 40_000 }, (_, i) => table.admit(`again-${i}`));
    expect(new Set(again).size).toBe(40_000);
    expect(Math.max(...again)).toBeLessThan(45_000);
    expect(table.size).toBe(50_000);
  });

  it('finds texts that were chosen to get into one place', () => {
    const crowd = crowded(300, 12);
    const table = new SymbolTable();
    const ids = crowd.map(text => bytesId(table, text));
    expect(new Set(ids).size).toBe(crowd.length);
    table.free(ids.filter((_, i) => i % 3 === 0));
    crowd.forEach((text, i) => i % 3 !== 0 && expect(table.idOf(text)).toBe(ids[i]));
    const anew = new Set(crowd.map(text => table.idOf(text)));
    expect([...anew].sort((a, b) => a - b)).toEqual(ids);
  });

  it('takes bytes that are no UTF-8 as the text that they are read as', () => {
    const table = new SymbolTable();
    const broken = Buffer.from([0x61, 0xff, 0x62]);
    const id = table.admitBytes(broken, 0, 3);
    expect(table.textOf(id)).toBe('a\ufffdb');
    expect(table.admit('a\ufffdb')).toBe(id);
    expect(table.admitBytes(broken, 0, 3)).toBe(id);
  });
});

function step(table: SymbolTable, oracle: Oracle, kind: Step['kind'], text: string): SymbolTable {
  switch (kind) {
    case 'text':
      oracle.check(text, table.admit(text));
      return table;
    case 'bytes':
      if (text.isWellFormed()) oracle.check(text, bytesId(table, text));
      return table;
    case 'free':
      if (oracle.ids.has(text)) table.free([oracle.free(text)]);
      return table;
    case 'restore':
      return SymbolTable.restore(inTwoParts(table));
  }
}

/** As a chain of checkpoints holds it. */
function inTwoParts(table: SymbolTable): PackedTexts[] {
  const ids = table.ids();
  const half = ids.length >> 1;
  return [table.pack(ids.subarray(0, half)), table.pack(ids.subarray(half))];
}

function bytesId(table: SymbolTable, text: string): number {
  return table.admitBytes(Buffer.from(`<${text}>`), 1, 1 + Buffer.byteLength(text));
}

/** So many texts whose hashes end in the same bits. */
function crowded(count: number, bits: number): string[] {
  const found: string[] = [];
  for (let i = 0; found.length < count; i++) {
    const bytes = Buffer.from(`x${i}`);
    if ((hashBytes(bytes, 0, bytes.length * 2) & ((1 << bits) - 1)) === 0) found.push(`x${i}`);
  }
  return found;
}
