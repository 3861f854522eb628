import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnectors } from '../../../connectors/index.ts';
import { compile } from '../../../dsl/compile.ts';
import type { Plan, PlanNode } from '../../../dsl/plan.ts';
import { validatePlan } from '../../../dsl/validate-plan.ts';
import { AlertSpans } from '../../../engine/backtest/alert-span.ts';
import { planOfRule } from '../../../engine/backtest/plan-of-rule.ts';
import { sideBySide } from '../../../engine/backtest/side-by-side.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { seededRandom } from '../../../examples/seeded-random.js';

const STREAMS = `stream motor from file "motor.csv" {
  key gateway: symbol  key pump: symbol  flow: float m^3/h  current: float A  state: symbol
  time ts as s  lateness 5s
}
let limit = 180 m^3/h
let span = 20s
let load = 60 A
`;

const RULES: Readonly<Record<string, string>> = {
  'a limit':
    'rule r on motor { high when flow > limit for 5s  clear when flow < limit - 5 m^3/h  message "{pump}: {flow}" }',
  'several levels, a state and a cooldown':
    'rule r on motor { high when flow > limit  critical when current > load for 10s  while state == "running" settle 10s  cooldown 1m }',
  ranges: 'rule r on motor { high when avg(flow, span) > limit and max(current, 10 events) > load }',
  detectors: 'rule r on motor { high when abs(zscore(flow, span)) > 2 and flow > limit  clear after 10s }',
  history: 'rule r on motor { high when crosses(flow, limit) or changed(state)  clear after 20s }',
  'a window': `stream flow_10s = from motor where current > load window tumbling 10s select avg(flow) as flow, count() as n
rule r on flow_10s { high when flow > limit }`,
  'a window over a window': `stream flow_10s = from motor window tumbling 10s select avg(flow) as flow
stream flow_1m = from flow_10s where flow > limit - 50 m^3/h window tumbling 1m select max(flow) as flow
rule r on flow_1m { high when flow > limit }`,
  'a stream by another key': `stream site = from motor window tumbling 10s by gateway select max(flow) as flow
rule r on site { high when flow > limit }`,
  'a stream with the name of a field': `stream flow = from motor where flow > limit select flow, current
rule r on flow { high when current > load  clear after 10s }`,
  'a pattern':
    'rule r on a: motor[flow > limit] -> b: motor[current > load and flow > a.flow] within 30s { high  clear after 20s }',
  'a join': `stream both = from motor as m join motor as o latest within 10s select m.flow as flow, o.current as current
rule r on both { high when flow > limit and current > load }`,
  silence: 'rule r on silence of motor for 20s { medium }',
  'another rule that suppresses it': `rule loud on motor { low when current > 65 A }
rule r on motor { high when flow > limit for 5s  suppress when alert("loud", gateway, pump) }`,
  'rules on alerts': `rule loud on motor { low when flow > 170 m^3/h }
rule r on alerts where rule == "loud" by gateway { high when count(rule, span) > 2  clear after 10s }`,
};

const SETTINGS = [{}, { limit: '150 m^3/h' }, { limit: '150 m^3/h', span: '40s' }, { span: '40s' }, { load: '30 A' }];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-versions-'));
  writeFileSync(join(folder, 'motor.csv'), readings());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('versions of a rule side by side raise what each raises alone', () => {
  test.each(Object.entries(RULES))(
    '%s',
    async (_, rule) => {
      const plans = SETTINGS.map(constants => planWith(`${STREAMS}${rule}`, constants));
      const together = sideBySide(plans, 'r')!;
      expect(() => validatePlan(JSON.parse(JSON.stringify(together.plan)))).not.toThrow();
      const spans = await spansOf(together.plan);
      for (const [place, plan] of plans.entries()) {
        const own = (await spansOf(plan)).filter(span => span.rule === 'r');
        const shared = spans.filter(span => span.rule === together.names[place]);
        expect(shared.map(span => ({ ...span, rule: 'r' }))).toEqual(own);
      }
    },
    120_000,
  );
});

describe('versions of a rule side by side', () => {
  const kinds = ({ nodes }: Plan, kind: PlanNode['kind']) => nodes.filter(node => node.kind === kind).length;

  test('have once what they have in common', () => {
    const rule = `stream flow_10s = from motor where current > load window tumbling 10s select avg(flow) as flow
rule r on flow_10s { high when flow > limit and max(flow, span) > limit }`;
    const { plan, names } = sideBySide(
      SETTINGS.map(constants => planWith(`${STREAMS}${rule}`, constants)),
      'r',
    )!;
    expect(kinds(plan, 'source')).toBe(1);
    expect(kinds(plan, 'filter')).toBe(2); // two loads
    expect(kinds(plan, 'tumbling-window')).toBe(2);
    expect(kinds(plan, 'rule')).toBe(5);
    expect(new Set(names).size).toBe(5);
  });

  test('that say the same are one', () => {
    const rule = 'rule r on motor { high when flow > limit }';
    const { names } = sideBySide(
      [{}, { limit: '180 m^3/h' }, { span: '40s' }].map(constants => planWith(`${STREAMS}${rule}`, constants)),
      'r',
    )!;
    expect(new Set(names).size).toBe(1);
  });

  test('are none where they ask of rules that differ', () => {
    const rule = `rule loud on motor { low when flow > limit }
rule r on alerts where rule == "loud" by gateway { high when count(rule, 10m) > 2 }`;
    const plans = SETTINGS.map(constants => planWith(`${STREAMS}${rule}`, constants));
    expect(sideBySide(plans, 'r')).toBeNull();
  });

  test('are none where they read otherwise', () => {
    const text = (scale: string) =>
      `stream m from memory "m" json { key device: symbol  x: float = $.x * ${scale}  time ts as ms }\nrule r on m { high when x > 3 }`;
    expect(sideBySide([planWith(text('2'), {}), planWith(text('3'), {})], 'r')).toBeNull();
  });
});

function planWith(text: string, constants: Readonly<Record<string, string>>): Plan {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text, constants });
  expect(diagnostics).toEqual([]);
  return planOfRule(plan!, 'r')!.plan;
}

/** Of four pumps behind two gateways, which fall silent now and then; 40 minutes, a reading every other second. */
function readings(): string {
  const random = seededRandom(7);
  const lines = ['gateway,pump,flow,current,state,ts'];
  const flows = [170, 150, 190, 120];
  for (let second = 0; second < 2_400; second += 2) {
    flows.forEach((flow, pump) => {
      flows[pump] = Math.min(220, Math.max(80, flow + (random() - 0.5) * 20));
      const isRunning = random() > 0.01 || second % 300 > 20;
      if (second % 600 < 40 && pump === 1) return;
      const values = [flows[pump]!.toFixed(1), (flows[pump]! / 3 + random() * 20).toFixed(1)];
      lines.push([`gw${pump % 2}`, `p${pump}`, ...values, isRunning ? 'running' : 'stopped', second].join(','));
    });
  }
  return `${lines.join('\n')}\n`;
}

async function spansOf(plan: Plan) {
  const spans = new AlertSpans();
  await runJob({
    plan,
    sources: { motor: { connector: 'file', address: 'motor.csv', directory: folder } },
    connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: false } }),
    onAlert: change => spans.take(change),
    signal: new AbortController().signal,
  });
  return spans.end();
}
