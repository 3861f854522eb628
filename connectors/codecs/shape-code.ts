import type { JsonShape, ShapedValue } from './json-shape.ts';
import type { SlotReader } from './slot-reader.ts';

/**
 * Reads an event of one shape, and sets all slots that are in the payload; returns the place behind it, or NOT_READ: it has
 * another shape, and slots may have been set.
 */
export type ReadShape = (bytes: Buffer, at: number, end: number, reader: SlotReader) => number;

/** The bytes of a shape are compared as constants, which makes them twice as fast as a loop. Nothing of the input is code. */
export function compileShape(shape: JsonShape, stream: string): ReadShape {
  const url = `millrace/${stream.replaceAll(/[^\w-]/g, '_')}/json-shape.js`;
  return new Function(`${sourceOf(shape)}//# sourceURL=${url}`)() as ReadShape; // as: it is one
}

function sourceOf({ values, close, missing }: JsonShape): string {
  const steps = values.map(value => `${isThere(value.lead)}${stepOf(value)}`);
  return `'use strict';
return function readShape(bytes, at, end, reader) {
  let from = at;
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

function stepOf({ kind, slots }: ShapedValue): string {
  const calls =
    kind === 'skipped'
      ? ['reader.skip(bytes, from, end)']
      : slots.length === 0
        ? ['reader.skipScalar(bytes, from, end)']
        : slots.map(slot => `reader.${kind}(bytes, from, end, ${slot})`);
  return `${calls.map(call => `  at = ${call};\n  if (at < 0) return -1;\n`).join('')}  from = at;\n`;
}

/** In a comment, where input must not be able to end it. */
function shown(lead: Uint8Array): string {
  return Buffer.from(lead)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '?');
}
