import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { epochNumberUs } from '../../engine/batch/event-time.ts';
import { type FieldBuffer, MAX_SYMBOL_BYTES } from '../../engine/batch/field-buffer.ts';
import { HASH_PRIME, HASH_SEED } from '../../engine/batch/text-store.ts';
import { QUOTE } from './json-scanner.ts';
import type { JsonShape, ShapedValue } from './json-shape.ts';
import { canBeCode, NUMBER_VARIABLES, numberCode } from './number-code.ts';
import type { SlotReader } from './slot-reader.ts';

/**
 * Reads an event of one shape, and sets all slots that are in the payload; returns the place behind it, or NOT_READ: it has
 * another shape, and slots may have been set.
 */
export type ReadShape = (bytes: Buffer, from: number, end: number) => number;

/**
 * The bytes of a shape are compared as constants, which makes them twice as fast as a loop. Numbers and symbols as most
 * events have them go into their columns by code of their own, for which the general way is `reader`. Nothing of the input
 * is code. Benchmark: benchmarks/throughput (messages).
 */
export function compileShape(shape: JsonShape, builder: BatchBuilder, reader: SlotReader): ReadShape {
  const fields = builder.slots.map((_, slot) => [`field${slot}`, builder.fieldOf(slot)] as const);
  const { symbols } = builder;
  const scope = { builder, reader, symbols, epochNumberUs, IS_PLAIN, ...Object.fromEntries(fields) };
  const url = `millrace/${builder.source.id.replaceAll(/[^\w-]/g, '_')}/json-shape.js`;
  const source = `'use strict';
const { ${Object.keys(scope).join(', ')} } = scope;
${codeOf(shape, builder)}//# sourceURL=${url}`;
  return new Function('scope', source)(scope) as ReadShape; // as: it is one
}

function codeOf({ values, close, missing }: JsonShape, builder: BatchBuilder): string {
  const steps = values.map(value => `${isThere(value.lead)}${stepOf(value, builder)}  from = at;\n`);
  return `return function readShape(bytes, from, end) {
${NUMBER_VARIABLES}  let hash = 0;
  let byte = 0;
  let id = 0;
  const row = builder.openRow();
${steps.join('')}${isThere(close)}  if (from > end) return -1;
${missing.map(slot => `  reader.missing(${slot});\n`).join('')}  return from;
};
`;
}

/** Compares the bytes at `from`, and goes on behind them. */
function isThere(lead: Uint8Array): string {
  const differs = Array.from(lead, (byte, i) => `bytes[from + ${i}] !== ${byte}`);
  return `  // ${shown(lead)}
  if (${differs.join(' || ') || 'false'}) return -1;
  from += ${lead.length};
`;
}

/** Sets the slots to the value at `from`, and `at` to the place behind it. */
function stepOf(value: ShapedValue, builder: BatchBuilder): string {
  const own = ownWayOf(value, builder);
  if (own === null) return generalWayOf(value);
  return `  value: {
  known: {
${own}  break value;
  }
${generalWayOf(value)}  }
`;
}

function generalWayOf({ kind, slots }: ShapedValue): string {
  const calls =
    kind === 'skipped'
      ? ['reader.skip(bytes, from, end)']
      : slots.length === 0
        ? ['reader.skipScalar(bytes, from, end)']
        : slots.map(slot => `reader.${kind}(bytes, from, end, ${slot})`);
  return calls.map(call => `  at = ${call};\n  if (at < 0) return -1;\n`).join('');
}

/** Ends with `break known` where it has set nothing, and the general way follows. Null: there is none. */
function ownWayOf({ kind, form, slots }: ShapedValue, builder: BatchBuilder): string | null {
  const [slot] = slots;
  if (slot === undefined || slots.length > 1) return null;
  const field = builder.fieldOf(slot);
  if (kind === 'number' && canBeCode(form)) {
    const step = field === undefined ? timeStep(slot, builder) : numberStep(slot, field);
    return step === null ? null : `${numberCode(form)}${step}`;
  }
  const isSymbol = kind === 'text' && field?.field.type === 'symbol' && field.isColumn;
  return isSymbol ? symbolStep(slot) : null;
}

function timeStep(slot: number, { source }: BatchBuilder): string | null {
  const { format } = source.time!;
  // Nanoseconds have more digits than a double.
  if (format === 'iso' || format === 'ns') return null;
  return `  builder.setInstant(${slot}, epochNumberUs(number, '${format}'));\n`;
}

function numberStep(slot: number, { least, most, isInt, isColumn }: FieldBuffer): string | null {
  if (Number.isNaN(least)) return null;
  const isInRange = `number >= ${least} && number <= ${most}${isInt ? ' && Number.isSafeInteger(number)' : ''}`;
  return `  if (!(${isInRange})) break known;\n${isColumn ? written(slot, 'number') : ''}`;
}

/** The hash is that of hashBytes. */
function symbolStep(slot: number): string {
  return `  if (bytes[from] !== ${QUOTE}) break known;
  hash = ${HASH_SEED};
  byte = 0;
  for (at = from + 1; at < end && IS_PLAIN[(byte = bytes[at])] === 1; at++) hash = Math.imul(hash ^ byte, ${HASH_PRIME});
  if (byte !== ${QUOTE} || at - from > ${MAX_SYMBOL_BYTES}) break known;
  id = symbols.admitHashed(bytes, from + 1, at, hash);
  if (id < 0) break known;
  at++;
${written(slot, 'id')}`;
}

function written(slot: number, value: string): string {
  return `  const column${slot} = field${slot}.column;
  column${slot}.values[row] = ${value};
  if (column${slot}.valid !== undefined) column${slot}.valid[row] = 1;
`;
}

/** In a comment, where input must not be able to end it. */
function shown(lead: Uint8Array): string {
  return Buffer.from(lead)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '?');
}

/** Bytes that stand for themselves in a text: ASCII but for quotes, backslashes and control characters. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c),
);
