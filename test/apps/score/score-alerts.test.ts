import { describe, expect, it } from 'vitest';
import { AFTERMATH_US, type KnownFault, type RaisedAlert, scoreAlerts } from '../../../apps/cli/score/score-alerts.ts';

const leak: KnownFault = { fault: 'leak', where: { site: 'north', pump: 'p1' }, fromUs: 100, toUs: 200, byUs: 150 };
const dark: KnownFault = { fault: 'dark', where: { site: 'north' }, fromUs: 1e12, toUs: 1e12 + 100, byUs: 1e12 + 50 };

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
