import { describe, expect, test } from 'vitest';
import { checkLabels } from '../../../apps/cli/labels/check-labels.ts';
import { readLabels } from '../../../apps/cli/labels/read-labels.ts';
import { compile } from '../../../dsl/compile.ts';
import type { KnownFault } from '../../../engine/backtest/score-alerts.ts';
import { textOf } from '../../repository/tree.ts';
import { folderWith, millrace } from '../millrace.ts';

const HOUR = (hour: number) => Date.UTC(2026, 2, 2, hour) * 1_000;

const read = (name: string, text: string) => readLabels(`${folderWith({ [name]: text })}/${name}`);

const bearing = {
  name: 'bearing',
  rule: 'overheating',
  where: { device: 'm1' },
  fromUs: HOUR(8),
  toUs: HOUR(10),
  byUs: HOUR(10),
};

describe('labels are read', () => {
  test.each([
    [
      'a table',
      'labels.csv',
      'rule,device,from,to,name\noverheating,m1,2026-03-02T08:00:00Z,2026-03-02T10:00:00Z,bearing\n',
    ],
    [
      'a table with a separator of its own and other times',
      'labels.csv',
      'name;device;to;from;rule\nbearing;m1;2026-03-02 10:00;2026-03-02T09:00:00+01:00;overheating\n',
    ],
    [
      'objects',
      'labels.ndjson',
      '{"rule":"overheating","device":"m1","from":"2026-03-02T08:00:00Z","to":"2026-03-02T10:00:00Z","name":"bearing"}\n',
    ],
  ])('%s', async (_, name, text) => {
    expect(await read(name, text)).toEqual([bearing]);
  });

  test('with nothing but times', async () => {
    expect(await read('labels.csv', 'from,to\n2026-03-02T08:00:00Z,2026-03-02T10:00:00Z\n')).toEqual([
      { ...bearing, name: '', rule: null, where: {} },
    ]);
  });

  test('with an instant by which it has to be found', async () => {
    const text = 'from,by,to\n2026-03-02T08:00:00Z,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z\n';
    expect((await read('labels.csv', text))[0]).toMatchObject({ byUs: HOUR(9), toUs: HOUR(10) });
  });

  test('rows of a stream of faults, among all that a run wrote', async () => {
    const row = {
      ...{ type: 'row', stream: 'fault', time: '2026-03-02T08:00:00.000Z', key: { gateway: 'gw1' } },
      values: { fault: 'leak', pump: 'p1', to: HOUR(10), by: HOUR(9), extent: 3 },
    };
    const lines = [{ type: 'alert', rule: 'leak' }, row, { type: 'summary', events: 3 }];
    expect(await read('day.ndjson', lines.map(line => JSON.stringify(line)).join('\n'))).toEqual([
      {
        ...{ name: 'leak', rule: 'leak', where: { gateway: 'gw1', pump: 'p1' } },
        ...{ fromUs: HOUR(8), toUs: HOUR(10), byUs: HOUR(9) },
      },
    ]);
  });
});

test('faults of a simulated plant are labels of the rules that find them', async () => {
  const cwd = folderWith({
    'faults.mill': `stream fault from simulator "pump-station/faults?seed=7&days=1" {
  key gateway: symbol  fault: symbol  pump: symbol  to: time  by: time  time from as us
}`,
  });
  const { out } = millrace(['run', 'faults.mill', '--json', '--print', 'fault'], { cwd });
  const faults = await read('faults.ndjson', out);
  expect(faults).toHaveLength(10);
  expect(faults[2]).toMatchObject({ name: 'cavitation', rule: 'cavitation', where: { gateway: 'gw1', pump: 'p01' } });
  const text = textOf('examples/pump-station/rules.mill');
  const { plan } = compile({ file: 'rules.mill', text });
  expect(() => checkLabels(faults, [plan!])).not.toThrow();
});

describe('labels are wrong', () => {
  test.each([
    ['without an end', 'labels.csv', 'from,to\n2026-03-02T08:00:00Z,\n', 'MR7361', 'line 2 of .*: there is no `to`'],
    ['without a column', 'labels.csv', 'from,device\n2026-03-02T08:00:00Z,m1\n', 'MR7361', 'there is no `to`'],
    [
      'with a time that is none',
      'labels.csv',
      'from,to\n2.3.2026,3.3.2026\n',
      'MR7361',
      '`from` is no time: "2.3.2026"',
    ],
    ['with a number as time', 'labels.ndjson', '{"from":1,"to":2}\n', 'MR7361', '`from` is no time: 1'],
    [
      'that end before they begin',
      'labels.csv',
      'from,to\n2026-03-02T10:00:00Z,2026-03-02T08:00:00Z\n',
      'MR7361',
      '`to` is before `from`',
    ],
    ['where there are none', 'labels.csv', 'from,to\n', 'MR7361', 'has no labels'],
    ['where the file is no JSON', 'labels.ndjson', 'from,to\n', 'MR7040', 'is not NDJSON'],
    ['where a row is no fault', 'day.ndjson', '{"type":"row","key":{},"values":{"temp":3}}\n', 'MR7040', 'is no fault'],
  ])('%s', async (_, name, text, code, message) => {
    await expect(read(name, text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('where there is no file', async () => {
    await expect(readLabels('nowhere.csv')).rejects.toMatchObject({ code: 'MR5001' });
  });
});

describe('labels and rules', () => {
  const { plan } = compile({
    file: 'rules.mill',
    text: `stream motor from memory "motor" json { key device: symbol  site: symbol  temp: float degC  time ts as ms }
stream site_1m = from motor window tumbling 1m by site select max(temp) as hottest
stream plant = from motor window tumbling 1m by global select max(temp) as hottest
rule overheating on motor { high when temp > 85 degC }
rule site_hot on site_1m { high when hottest > 85 degC }`,
  });
  const check = (more: Partial<KnownFault>) => checkLabels([{ ...bearing, ...more }], [plan!]);

  test('fit', () => {
    expect(() => check({})).not.toThrow();
    expect(() => check({ where: { device: 'm1', comment: 'dust' } })).not.toThrow();
    expect(() => check({ where: {} })).not.toThrow();
    expect(() => check({ rule: null, where: { site: 'north' } })).not.toThrow();
  });

  test('do not fit', () => {
    expect(() => check({ rule: 'overheat' })).toThrow('is of a rule `overheat`');
    expect(() => check({ where: { machine: 'm1' } })).toThrow('by machine, and no key has such a field');
    expect(() => check({ where: { site: 'north' } })).toThrow('by site');
  });
});
