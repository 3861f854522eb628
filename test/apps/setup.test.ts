import { expect, test } from 'vitest';
import { sharedNats, sharedQuestDb } from '../services/servers.ts';
import { folderWith, millrace } from './millrace.ts';

const servers = { MILLRACE_NATS_URL: await sharedNats(), MILLRACE_QUESTDB_URL: await sharedQuestDb() };

const RULES = `
stream setup_press from nats "setup_press.*.state" json { key device: symbol = subject[2]  force: float  time ts as ms }
store setup_press keep 30d
stream setup_peak = from setup_press window tumbling 1m select max(force) as peak
store setup_peak
rule hard on setup_press { high when force > 10 }
route alerts to nats "setup_alerts.{device}.{severity}"
`;

test('setup says what a rule file needs, creates it when asked, and then finds it', () => {
  const cwd = folderWith({ 'press.mill': RULES });
  const setup = (...options: string[]) => millrace(['setup', 'press.mill', ...options], { cwd, env: servers });
  const wanted = [
    'create    stream SETUP_PRESS: stores setup_press.*.state',
    'create    stream SETUP_ALERTS: stores setup_alerts.*.*',
    'create    table setup_press: create it, by day, kept for 30 days',
    'create    table setup_press_rejected: create it, by day, kept for 30 days',
    'create    table setup_peak: create it, by month, kept for ever',
  ];
  for (let times = 0; times < 2; times++) {
    const { code, out, err } = setup();
    expect(err).toBe('');
    expect(out.split('\n')).toEqual([...wanted, '5 to do: `--apply` does it', '']);
    expect(code).toBe(0);
  }
  expect(setup('--apply').out.split('\n')).toEqual([...wanted, '5 done', '']);
  expect(setup().out.split('\n')).toEqual([
    'ok        stream SETUP_PRESS: stores setup_press.*.state',
    'ok        stream SETUP_ALERTS: stores setup_alerts.*.*',
    'ok        table setup_press: as wanted',
    'ok        table setup_press_rejected: as wanted',
    'ok        table setup_peak: as wanted',
    '',
  ]);
});

test('a file that needs neither says so', () => {
  const cwd = folderWith({ 'pump.mill': 'stream pump from file "pump.csv" { key pump: symbol  x: float }' });
  expect(millrace(['setup', 'pump.mill'], { cwd }).out).toBe('The rule file needs no stream and no table.\n');
});
