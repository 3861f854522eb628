import { isDeepStrictEqual } from 'node:util';
import type { TextFormat } from '../../connectors/codecs/decoder.ts';
import { MillraceError } from '../../engine/errors.ts';
import { type CodecCase, codecCase } from './codec-case.ts';
import { decodeAll } from './decode-all.ts';
import { naiveCsv, naiveJson, naiveNdjson } from './naive-codecs.ts';
import type { Outcome } from './outcome.ts';
import { Fault, type FuzzTarget } from './target.ts';

/**
 * Bytes of a format: a decoder gives the rows and rejections of a naive one, in order, however the bytes are cut and
 * whatever a batch holds, and from every place between two events it goes on with what follows there.
 */
export function codecTarget(format: 'csv' | 'ndjson' | 'json'): FuzzTarget {
  const bodies = SEED_BODIES[format];
  const headers = format === 'csv' ? HEADER_SEEDS : [];
  const seeds = [
    ...bodies.flatMap(body => SEED_CONTROLS.map(control => Buffer.concat([Buffer.from(control), Buffer.from(body)]))),
    ...headers.map(text => Buffer.concat([Buffer.of(0, 0, 3, 128), Buffer.from(text)])),
  ];
  return {
    name: format,
    covered: ['/connectors/codecs/', '/engine/batch/'],
    seeds,
    words: SEED_WORDS,
    maxBytes: 3_000,
    check: input => checkCodec(codecCase(format, input)),
  };
}

function checkCodec(options: CodecCase): void {
  if (options.hasOwnHeader) return checkHeader(options);
  const whole = decodeAll({ ...options, cuts: [], maxEvents: 1000 });
  const expected = NAIVE[options.format](options);
  if (expected !== null) expectSame(whole.outcomes, expected, 'differs from the naive decoder');
  const inPieces = decodeAll(options);
  expectSame(inPieces.outcomes, whole.outcomes, `differs when it is cut at ${options.cuts.join(', ')}`);
  const mark = inPieces.marks[inPieces.marks.length >> 1];
  if (mark === undefined) return;
  const rest = decodeAll(options, mark).outcomes;
  expectSame(rest, whole.outcomes.slice(mark.outcomes), `differs when it goes on from ${mark.offset}`);
}

/** A header that cannot be used is told with a code, however it is cut. */
function checkHeader(options: CodecCase): void {
  const whole = outcomesOrCode({ ...options, cuts: [], maxEvents: 1000 });
  const inPieces = outcomesOrCode(options);
  if (typeof whole !== 'string' && typeof inPieces !== 'string') return expectSame(inPieces, whole, 'differs when cut');
  if (whole !== inPieces)
    throw new Fault(`${inPieces} when it is cut at ${options.cuts.join(', ')}, and else ${whole}`);
}

function outcomesOrCode(options: CodecCase): readonly Outcome[] | string {
  try {
    return decodeAll(options).outcomes;
  } catch (error) {
    if (error instanceof MillraceError) return error.code;
    throw error;
  }
}

function expectSame(actual: readonly Outcome[], expected: readonly Outcome[], what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const at = actual.findIndex((outcome, index) => !isDeepStrictEqual(outcome, expected[index]));
  const index = at < 0 ? actual.length : at;
  throw new Fault(`${what}, at ${index}: ${shown(actual[index])} instead of ${shown(expected[index])}`);
}

function shown(outcome: Outcome | undefined): string {
  return outcome === undefined ? 'nothing' : JSON.stringify(outcome);
}

const NAIVE: Readonly<Record<TextFormat, (options: CodecCase) => readonly Outcome[] | null>> = {
  csv: naiveCsv,
  tsv: naiveCsv,
  ndjson: naiveNdjson,
  json: naiveJson,
};

/** Schema and time format, batch and longest event, cuts, separator. */
const SEED_CONTROLS = Array.from({ length: 18 }, (_, index) => [index, index * 17, index * 5, index]).concat([
  [0, 0, 0, 0],
]);

const EVENTS = [
  '{"device":"m1","temp":71.5,"n":3,"ok":true,"note":"a, \\"b\\"\\n","q":"bad","ts":"2026-01-31T08:30:00.123456Z"}',
  '{"site":"a","unit":7,"v":[{"x":"12.5"}],"since":"2026-01-31","took":5000000,"unused":1,"ts":1772000000123}',
  '{"__proto__":"p","constructor":1.5,"toString":"s","ts":1772000000123456789}',
  '{"device":null,"q":2147483648,"ts":1772000000.5}',
];
const SEED_BODIES = {
  ndjson: [EVENTS.join('\n'), `[${EVENTS.join(',')}]\r\n\r\n${EVENTS[0]!}\n`, ...EVENTS],
  json: [`[${EVENTS.join(',\n')}]`, EVENTS.join('\n'), `[\n  ${EVENTS[1]!},\n  [${EVENTS[2]!}]\n]`, ...EVENTS],
  csv: [
    'm1,71.5,3,true,note,good,2026-01-31T08:30:00Z,x\n"m,2",-1e1,,0,"a ""b""\nc",,2026-01-31 08:30:00.5+01:00,\n',
    'm1;71.5;3;true;note;good;1772000000.25;x\r\n\r\n;;;;;;;\r\n',
    'a\t7\t12.5\t2026-01-31\t5000000\t1\t1772000000123\t\nb\t8\t\t1772000000000000\t\t\t1772000000124\t"x"',
    'p|1.5|s|1772000000123456789|\np|"1.5"|"s\n"|1772000000|\n',
    'p,1.5,s,1772000000123456789,\n',
  ],
} as const;
/** With a header of their own, of the first schema. */
const HEADER_SEEDS = [
  'device,temp,n,ok,note,q,ts\nm1,71.5,3,true,note,good,2026-01-31T08:30:00Z\n',
  '\n\r\n"device";"te""mp"; temp ;n;ok;note;ts\r\nm1;1;71.5;3;true;"no\nte";2026-01-31\n',
  '# made by hand\ndevice\ttemp\n',
  'm1,71.5,3,true,note,good,2026-01-31T08:30:00Z\n',
  'device,temp,device,n,ok,note,q,ts\n',
  '\ufeff"device\n1",temp\n',
];
const SEED_WORDS = [
  ...['device', 'temp', 'n', 'ok', 'note', 'q', 'ts', 'site', 'unit', 'v', 'x', 'since', 'took', 'unused'],
  ...['__proto__', 'constructor', 'toString', 'true', 'false', 'null', 'good', 'uncertain', 'bad', 'GOOD', ' True '],
  ...[
    '2026-01-31T08:30:00.123456789+02:00',
    '2024-02-29',
    '2023-02-29 23:59:60',
    '12345-01-01',
    '1969-12-31T23:59:59Z',
  ],
  ...['1772000000', '1772000000123456789', '-0', '1.7e9', '12,5', '"', '""', '{}', '[]', '{"x":1}', '\\u00e9', '\\n'],
];
