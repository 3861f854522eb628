import { gzipSync } from 'node:zlib';
import type { Message } from './plant.ts';

/** Of the first event; the others follow second by second. */
const START_MS = Date.UTC(2026, 0, 1);
const LARGE_BYTES = 8 * 1024 * 1024;

export type GoodEvent = { readonly device: string; readonly temp: number; readonly ts: number };

/** Names that somebody chose to do harm, or nobody thought of. `injected`: a table that must not come to be. */
export function hostileNames({ table, injected }: { readonly table: string; readonly injected: string }): string[] {
  return [
    '',
    ' ',
    '"',
    "'",
    'it\'s "quoted"',
    '\\',
    '\\n',
    'a\nb',
    'a\r\nb',
    'a\tb',
    '\u0001\u001f\u007f',
    ',',
    '=',
    'a b=c,d',
    `x'; DROP TABLE "${table}"; --`,
    `x" (time TIMESTAMP); CREATE TABLE ${injected} (a INT); --`,
    `m,device=evil temp=1 1\n${table},device=evil temp=666 1t\n${injected} a=1i 1t\n`,
    `\n${table},device=evil temp=666 1767225600000000t\n`,
    '${device}',
    '{device}',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'NULL',
    'undefined',
    'true',
    '😀',
    '👩‍👩‍👧‍👦',
    'Å'.normalize('NFC'),
    'Å'.normalize('NFD'),
    '\u202etxt.exe',
    '\ufeffbom',
    '\uffff',
    '../../etc/passwd',
    '%00%0a',
    'x'.repeat(65_536),
    '😀'.repeat(16_384),
    '"\\\n'.repeat(21_845),
  ];
}

export function goodEvent(index: number, device: string): GoodEvent {
  return { device, temp: ((index * 7919) % 100) + 0.1, ts: START_MS + index * 1_000 };
}

export type Poison = {
  readonly what: string;
  readonly payload: string | Uint8Array;
  readonly encoding?: string;
  /** By code: how many rejections it gives. */
  readonly rejected: Readonly<Record<string, number>>;
};

/** Messages that are no events, or none that the schema takes; each with what it is refused with. */
export function poisons(): Poison[] {
  const event = (members: object) => JSON.stringify({ device: 'n1', temp: 1, ts: START_MS, ...members });
  const one = (what: string, code: string, payload: Poison['payload'], encoding?: string): Poison => ({
    what,
    payload,
    rejected: { [code]: 1 },
    ...(encoding === undefined ? {} : { encoding }),
  });
  return [
    one('half of an object', 'MR4001', '{"device":"n1","temp":'),
    one('words', 'MR4001', 'temperature is fine'),
    one('nothing', 'MR4001', ''),
    one('single quotes', 'MR4001', "{'device':'n1','temp':1}"),
    one('NaN', 'MR4001', '{"device":"n1","temp":NaN}'),
    one('two objects', 'MR4001', `${event({})}${event({})}`),
    one('UTF-16', 'MR4002', Buffer.from(`\ufeff${event({})}`, 'utf16le')),
    one('Latin-1', 'MR4002', Buffer.from(event({ device: 'Mühle' }), 'latin1')),
    one('cut UTF-8', 'MR4002', Buffer.from(event({ device: '😀' })).subarray(0, 13)),
    one('zeros', 'MR4001', Buffer.alloc(1_000)),
    one('null', 'MR4006', 'null'),
    one('a number', 'MR4006', '7'),
    one('a text', 'MR4006', '"DROP TABLE motor"'),
    one('a list of lists', 'MR4006', '[[{"device":"n1"}]]'),
    one('a deep list', 'MR4006', `${'['.repeat(1_000)}${']'.repeat(1_000)}`),
    one('a text for a number', 'MR4010', event({ temp: '1' })),
    one('an object for a number', 'MR4010', event({ temp: { $gt: '' } })),
    one('a number for a text', 'MR4010', event({ device: 7 })),
    one('a list for a text', 'MR4010', event({ device: ['n1'] })),
    one('infinity', 'MR4011', `{"device":"n1","temp":1e999,"ts":${START_MS}}`),
    one('out of range', 'MR4012', event({ temp: 300 })),
    one('no device', 'MR4014', event({ device: undefined })),
    one('a device of its prototype', 'MR4014', `{"__proto__":{"device":"n1"},"temp":1,"ts":${START_MS}}`),
    one('no time', 'MR4015', event({ ts: undefined })),
    one('a word for a time', 'MR4016', event({ ts: 'noon' })),
    one('before 1970', 'MR4017', event({ ts: -1 })),
    one('microseconds for milliseconds', 'MR4017', event({ ts: START_MS * 1e3 })),
    one('next year', 'MR4020', event({ ts: Date.now() + 365 * 86_400_000 })),
    one('a device of 64 KB and one', 'MR4023', event({ device: 'x'.repeat(65_537) })),
    one('8 MB of words', 'MR4001', 'x'.repeat(LARGE_BYTES)),
    one('8 MB in a device', 'MR4023', event({ device: 'x'.repeat(LARGE_BYTES - 1_000) })),
    one('a bomb', 'MR4009', gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'gzip'),
    one('packed, it says', 'MR4008', event({}), 'gzip'),
    {
      what: '8 MB of numbers',
      payload: `[${'7,'.repeat(LARGE_BYTES / 2 - 10)}7]`,
      rejected: { MR4006: 10_000, MR4025: 1 },
    },
  ];
}

/** A good event that is large: what nobody reads of it is no harm. */
export function largeMessage(event: GoodEvent, subject: string): Message {
  return { subject, payload: JSON.stringify({ note: 'x'.repeat(LARGE_BYTES - 1_000), ...event }) };
}
