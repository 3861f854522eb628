import { expect, it } from 'vitest';
import { folderWith, millrace } from '../millrace.ts';

const fault = (time: string, to: string, by: string, where: object) =>
  JSON.stringify({
    type: 'row',
    stream: 'fault',
    time,
    key: where,
    values: { fault: 'leak', to: Date.parse(to) * 1000, by: Date.parse(by) * 1000, extent: 3 },
  });
const alert = (change: string, time: string, key: object) =>
  JSON.stringify({ type: 'alert', rule: 'leak', key, change, time });

it('shows what was found, after how long, and what was raised for nothing', () => {
  const day = '2026-03-02T';
  const cwd = folderWith({
    'faults.ndjson': [
      fault(`${day}08:00:00.000Z`, `${day}10:00:00Z`, `${day}09:00:00Z`, { pump: 'p1' }),
      fault(`${day}12:00:00.000Z`, `${day}13:00:00Z`, `${day}12:30:00Z`, { pump: 'p2' }),
      fault(`${day}18:00:00.000Z`, `${day}19:00:00Z`, `${day}18:10:00Z`, { pump: 'p3' }),
    ].join('\n'),
    'alerts.ndjson': [
      alert('raised', `${day}08:16:40.000Z`, { pump: 'p1' }),
      alert('cleared', `${day}11:00:00.000Z`, { pump: 'p1' }),
      alert('raised', `${day}12:45:00.000Z`, { pump: 'p2' }),
      alert('raised', `${day}18:05:00.000Z`, { pump: 'p4' }),
      '',
    ].join('\n'),
  });
  const result = millrace(['score', 'faults.ndjson', 'alerts.ndjson', '--machines', '4', '--days', '0.5'], { cwd });
  expect(result).toEqual({
    code: 0,
    err: '',
    out: `fault  where  began                alert     after   in time
leak   p1     2026-03-02 08:00:00  08:16:40  16m40s  yes
leak   p2     2026-03-02 12:00:00  12:45:00  45m     late
leak   p3     2026-03-02 18:00:00                    missed

1 of 3 faults found in time, 1 not at all
1 false alarm: 0.5 for each machine and day
  2026-03-02 18:05:00  leak  p4
`,
  });
});

it.each([
  ['faults.ndjson', 'temp,time\n', 'MR7040', 'is not NDJSON'],
  [
    'faults.ndjson',
    '{"type":"row","key":{},"values":{"temp":3},"time":"2026-03-02T08:00:00Z"}',
    'MR7040',
    'is no fault',
  ],
  ['other.ndjson', '', 'MR5001', 'faults.ndjson'],
])('says what is wrong with %s: %s', (name, text, code, part) => {
  const cwd = folderWith({ [name]: text, 'alerts.ndjson': '' });
  const { err, code: exit } = millrace(['score', 'faults.ndjson', 'alerts.ndjson'], { cwd });
  expect(err).toContain(code);
  expect(err).toContain(part);
  expect(exit).toBe(code === 'MR7040' ? 2 : 3);
});
