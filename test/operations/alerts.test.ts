import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { MillraceError } from '../../engine/errors.ts';
import type { ScrapedSample } from './open-metrics.ts';
import { type Fault, Plant } from './plant.ts';
import { promtool } from './promtool.ts';
import { wrongNames } from './promql-names.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RULES = join(ROOT, 'docs/operations/alerts.yaml');
const STEP_MS = 30_000;
const STEPS_PER_MINUTE = 2;
const FAULT_AFTER_MINUTES = 12;
const MINUTES = 32;

type AlertRule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
};
const alerts = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: AlertRule[] }[] }).groups.flatMap(
  group => group.rules,
);

it('each alert names metrics that there are, and has a page', () => {
  for (const { alert, expr, labels, annotations } of alerts) {
    expect(wrongNames(expr), alert).toEqual([]);
    expect(['critical', 'high', 'medium']).toContain(labels.severity);
    expect(annotations.runbook).toBe(`docs/operations/runbook/${alert}.md`);
    expect(existsSync(join(ROOT, annotations.runbook)), annotations.runbook).toBe(true);
    const page = readFileSync(join(ROOT, annotations.runbook), 'utf8');
    for (const heading of [`# ${alert}\n`, '## What it means\n', '## Look at\n', '## Do\n'])
      expect(page).toContain(heading);
    for (const [, code] of page.matchAll(/\b(MR\d{4})\b/g)) {
      expect(existsSync(join(ROOT, `docs/errors/${code}.md`)), code).toBe(true);
    }
    for (const [, query] of page.matchAll(/`([^`]*\(millrace_[^`]*\))`/g))
      expect(wrongNames(query!), alert).toEqual([]);
  }
  const pages = readdirSync(join(ROOT, 'docs/operations/runbook')).map(name => name.replace('.md', ''));
  expect(pages.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
});

it('Prometheus takes the rules, and they fire when they say', async () => {
  await promtool('check', 'rules', RULES);
  await promtool('test', 'rules', join(ROOT, 'test/operations/alert-rules.yaml'));
});

/** What goes wrong in a run, and what has to be told then, and nothing else. */
const FAULTS: Readonly<Record<string, { readonly fault: Fault; readonly fires: readonly string[] }>> = {
  sound: { fault: () => {}, fires: [] },
  'sink away': {
    fault: plant => {
      plant.sinkError = new MillraceError('MR5101', 'no answer', { domain: 'external', retry: 'backoff' });
      plant.tempOf = (device, step) => (device === 0 && step % 2 === 0 ? 95 : 70);
    },
    fires: ['MillraceLagging', 'MillraceSinkBlocked', 'MillraceStreamSilent'],
  },
  'sink fails': {
    fault: plant => {
      plant.sinkError = new MillraceError('MR5102', 'not allowed', { domain: 'external' });
      plant.tempOf = (device, step) => (device === 0 && step % 2 === 0 ? 95 : 70);
    },
    fires: ['MillraceLagging', 'MillraceNotRunning', 'MillraceStreamSilent'],
  },
  'source stalls': {
    fault: plant => {
      plant.publishes = false;
    },
    fires: ['MillraceStreamSilent'],
  },
  'poisoned messages': {
    fault: plant => {
      plant.tempOf = device => (device === 0 ? 'hot' : 70);
    },
    fires: ['MillraceRejections'],
  },
  'late events': {
    fault: plant => {
      plant.lateMs = device => (device < 2 ? 600_000 : 0);
    },
    fires: ['MillraceLateEvents'],
  },
  'full disk': {
    fault: plant => {
      plant.disk.quotaBytes = 0;
    },
    fires: ['MillraceCheckpointFailing', 'MillraceCheckpointOld'],
  },
  'too many devices': {
    fault: plant => {
      plant.deviceCount = 1_000;
    },
    fires: ['MillraceRulePaused'],
  },
  'rows refused': {
    fault: plant => {
      plant.refusedRows = 3;
    },
    fires: ['MillraceRowsRefused'],
  },
  'matches without end': {
    fault: plant => {
      plant.tempOf = device => (device === 0 ? 85 : 70);
    },
    fires: ['MillraceMatchesDropped'],
  },
  'everything alarms': {
    fault: plant => {
      plant.tempOf = (_, step) => (step % 2 === 0 ? 95 : 70);
    },
    fires: ['MillraceAlarmFlood'],
  },
};

it('faults of real runs are told, each by its alerts, and sound runs are quiet', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-alerts-'));
  const series = new Map<string, (number | null)[]>();
  await Promise.all(Object.keys(FAULTS).map(instance => runWithFault(instance, series)));
  const file = join(folder, 'faults.yaml');
  const expected = Object.entries(FAULTS).flatMap(([instance, { fires }]) =>
    fires.map(alert => ({ labels: `{alertname="${alert}", instance="${instance}"}`, value: 1 })),
  );
  const firing = 'count by (alertname, instance) (max_over_time(ALERTS{alertstate="firing"}[1h]))';
  const test = {
    interval: `${STEP_MS / 1000}s`,
    input_series: [...series].map(([name, values]) => ({ series: name, values: values.map(v => v ?? '_').join(' ') })),
    promql_expr_test: [
      {
        expr: `${firing} or vector(0)`,
        eval_time: `${FAULT_AFTER_MINUTES}m`,
        exp_samples: [{ labels: '{}', value: 0 }],
      },
      { expr: firing, eval_time: `${MINUTES - 1}m`, exp_samples: expected },
    ],
  };
  writeFileSync(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: '30s', tests: [test] })); // JSON is YAML
  try {
    await promtool('test', 'rules', file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Sound at first. */
async function runWithFault(instance: string, series: Map<string, (number | null)[]>): Promise<void> {
  const plant = new Plant(instance);
  await plant.start();
  for (let step = 0; step < MINUTES * STEPS_PER_MINUTE; step++) {
    if (step === FAULT_AFTER_MINUTES * STEPS_PER_MINUTE) FAULTS[instance]!.fault(plant);
    const samples = await plant.step(STEP_MS);
    for (const sample of samples) keep(series, { step, instance, sample });
  }
  await plant.stop();
}

function keep(
  series: Map<string, (number | null)[]>,
  at: { readonly step: number; readonly instance: string; readonly sample: ScrapedSample },
): void {
  const { name, labels, value } = at.sample;
  const all = { ...labels, instance: at.instance, job: 'millrace' };
  const shown = Object.entries(all).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  const key = `${name}{${shown.join(',')}}`;
  const values = series.get(key) ?? [];
  while (values.length < at.step) values.push(null);
  values.push(value);
  series.set(key, values);
}
