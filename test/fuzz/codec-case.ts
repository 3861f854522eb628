import type { TextFormat } from '../../connectors/codecs/decoder.ts';
import type { SourceNode } from '../../dsl/plan.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { field, motorNode } from '../connectors/sources.ts';
import type { DecodeOptions } from './decode-all.ts';

/**
 * One input of a codec's target: its first CONTROL_BYTES choose the schema, the format of times, the longest event, the
 * size of batches, and the cuts; the others are what is decoded. So a file alone says everything.
 */
const CONTROL_BYTES = 4;

/** `hasOwnHeader`: the header is part of what is decoded, and may be wrong. */
export type CodecCase = DecodeOptions & { readonly separator: string; readonly hasOwnHeader: boolean };

export function codecCase(format: TextFormat, input: Buffer): CodecCase {
  const [schema = 0, size = 0, cut = 0, separators = 0] = input.subarray(0, CONTROL_BYTES);
  const node = sourceNode(schema, format);
  const separator = SEPARATORS[separators % SEPARATORS.length]!;
  const body = input.subarray(CONTROL_BYTES);
  const hasOwnHeader = format === 'csv' && separators >= 128;
  const header = format === 'csv' && !hasOwnHeader ? csvHeader(node, separator) : '';
  const bytes = Buffer.concat([Buffer.from(header), body]);
  const random = createRandom(`cuts ${cut}`);
  const cuts = Array.from({ length: cut % 8 }, () => Math.floor(random() * bytes.length)).sort((a, b) => a - b);
  return {
    format,
    node,
    bytes,
    separator,
    hasOwnHeader,
    cuts,
    maxEvents: MAX_EVENTS[size % MAX_EVENTS.length]!,
    maxEventBytes: MAX_EVENT_BYTES[(size >> 4) % MAX_EVENT_BYTES.length]!,
  };
}

function sourceNode(choice: number, format: TextFormat): SourceNode {
  const schema = SCHEMAS[choice % SCHEMAS.length]!(format);
  const timeFormat = TIME_FORMATS[Math.floor(choice / SCHEMAS.length) % TIME_FORMATS.length]!;
  return motorNode({
    ...schema,
    time: timeFormat === null ? null : { from: { kind: 'path', path: ['ts'] }, format: timeFormat },
  });
}

function csvHeader(node: SourceNode, separator: string): string {
  const names = [...node.fields.map(({ name }) => name), ...(node.time === null ? [] : ['ts']), 'rest'];
  return `${names.join(separator)}\n`;
}

const SEPARATORS = [',', ';', '\t', '|'];
const MAX_EVENTS = [1000, 1, 2, 7];
const MAX_EVENT_BYTES = [16 * 1024 * 1024, 60, 200];
const TIME_FORMATS = ['iso', 's', 'ms', 'us', 'ns', null] as const;

type Schema = Pick<SourceNode, 'key' | 'fields'>;

const SCHEMAS: readonly ((format: TextFormat) => Schema)[] = [
  () => ({
    key: ['device'],
    fields: [
      field('device', 'symbol'),
      field('temp', 'float', { range: { low: -40, high: 200 } }),
      field('n', 'int'),
      field('ok', 'bool'),
      field('note', 'string'),
      field('q', 'quality', { default: 'good' }),
    ],
  }),
  format => ({
    key: ['site', 'unit'],
    fields: [
      field('site', 'symbol', { default: 'here' }),
      field('unit', 'int'),
      field('x', 'float', {
        isNumberFromText: true,
        default: 7,
        scaling: [
          { operator: '*', by: 0.1 },
          { operator: '-', by: 50 },
        ],
        ...(format === 'csv' ? {} : { from: { kind: 'path', path: ['v', 0, 'x'] } }),
      }),
      field('since', 'time'),
      field('took', 'duration'),
      field('unused', 'int', { isNeeded: false }),
    ],
  }),
  () => ({
    key: ['__proto__'],
    fields: [field('__proto__', 'symbol'), field('constructor', 'float'), field('toString', 'string')],
  }),
];
