import { describe, expect, it } from 'vitest';
import {
  AFTERMATH_US,
  countsOf,
  type KnownFault,
  type RaisedAlert,
  scoreAlerts,
} from '../../../engine/backtest/score-alerts.ts';

const leak: KnownFault = {
  ...{ name: 'leak', rule: 'leak', where: { site: 'north', pump: 'p1' } },
  ...{ fromUs: 100, toUs: 200, byUs: 150 },
};
const dark: KnownFault = {
  ...{ name: 'dark', rule: 'dark', where: { site: 'north' } },
  ...{ fromUs: 1e12, toUs: 1e12 + 100, byUs: 1e12 + 50 },
};

const alert = (timeUs: number, more: Partial<RaisedAlert> = {}): RaisedAlert => ({
  rule: 'leak',
  key: { site: 'north', pump: 'p1' },
  timeUs,
  ...more,
});

describe('a fault is found', () => {
  it.each([
    ['when it begins', alert(100), true],
    ['at the latest instant', alert(150), true],
    ['late, while it lasts', alert(200), false],
    ['by a key of less', alert(120, { key: { pump: 'p1' } }), true],
    ['by an alert that names no machine', alert(120, { key: {} }), true],
  ])('%s', (_, raised, isInTime) => {
    expect(scoreAlerts([leak], [raised])).toEqual({
      found: [{ known: leak, alert: raised, isInTime }],
      falseAlarms: [],
    });
  });

  it('by the first of several, whatever their order', () => {
    const { found } = scoreAlerts([leak], [alert(140), alert(110), alert(130)]);
    expect(found[0]!.alert!.timeUs).toBe(110);
  });

  it('by any rule, where it is of none', () => {
    const { found } = scoreAlerts([{ ...leak, rule: null }], [alert(120, { rule: 'other' })]);
    expect(found[0]!.isInTime).toBe(true);
  });

  it('by a key that is a number', () => {
    const known = { ...leak, where: { pump: '7' } };
    expect(scoreAlerts([known], [alert(120, { key: { pump: 7 } })]).found[0]!.isInTime).toBe(true);
  });

  it('of a whole site by an alert of its machine', () => {
    const { found } = scoreAlerts([dark], [alert(1e12 + 1, { rule: 'dark' })]);
    expect(found[0]!.isInTime).toBe(true);
  });
});

describe('a fault is not found', () => {
  it.each([
    ['before it begins', alert(99)],
    ['after its end', alert(201)],
    ['by the rule of another', alert(120, { rule: 'other' })],
    ['by an alert of another machine', alert(120, { key: { site: 'north', pump: 'p2' } })],
    ['by an alert of another site', alert(120, { key: { site: 'south' } })],
  ])('%s', (_, raised) => {
    expect(scoreAlerts([leak], [raised]).found).toEqual([{ known: leak, alert: null, isInTime: false }]);
  });
});

describe('an alarm is false', () => {
  it.each([
    ['before anything is wrong', alert(99), true],
    ['while something is, of another rule', alert(120, { rule: 'other' }), false],
    ['soon after it', alert(200 + AFTERMATH_US), false],
    ['long after it', alert(201 + AFTERMATH_US), true],
    ['of another machine', alert(120, { key: { site: 'north', pump: 'p2' } }), true],
    ['of no machine, and another rule', alert(120, { rule: 'other', key: {} }), true],
    ['of a machine of a site where something is wrong', alert(1e12 + 1, { rule: 'other' }), false],
  ])('%s', (_, raised, isFalse) => {
    expect(scoreAlerts([leak, dark], [raised]).falseAlarms).toEqual(isFalse ? [raised] : []);
  });
});

describe('a score', () => {
  it('comes to counts and a median delay', () => {
    const second = { ...leak, fromUs: 4e9, toUs: 5e9, byUs: 4.5e9 };
    const third = { ...leak, fromUs: 8e9, toUs: 9e9, byUs: 9e9 };
    const score = scoreAlerts([leak, second, third], [alert(110), alert(4e9 + 30), alert(2e10)]);
    expect(countsOf(score)).toEqual({ faults: 3, inTime: 2, missed: 1, delayUs: 20, falseAlarms: 1 });
  });

  it('of nothing has no delay', () => {
    expect(countsOf(scoreAlerts([], []))).toEqual({ faults: 0, inTime: 0, missed: 0, delayUs: null, falseAlarms: 0 });
  });

  it('knows of a fault that began before others and still lasts', () => {
    const long = { ...leak, fromUs: 0, toUs: 1e12, byUs: 1e12, where: { pump: 'p2' } };
    const faults = [long, leak, { ...leak, fromUs: 3e9, toUs: 4e9, byUs: 4e9 }];
    const late = alert(9e11, { key: { site: 'north', pump: 'p2' } });
    expect(scoreAlerts(faults, [late]).falseAlarms).toEqual([]);
  });
});
