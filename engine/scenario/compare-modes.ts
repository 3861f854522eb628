import { compareTexts } from '../compare-texts.ts';
import { ALL_MODES, type ScenarioMode } from './modes.ts';
import type { Output } from './output-record.ts';
import { runScenario, type ScenarioOptions, type ScenarioResult } from './run-scenario.ts';
import { isSame } from './same-value.ts';

export type ModesComparison = {
  readonly results: readonly ScenarioResult[];
  /** Where a mode gave anything else than the first one, to the last bit. */
  readonly differences: readonly string[];
};

/** Runs a test in every mode: all its rows, changes of alerts and counts must be the same, key by key. */
export function compareModes({
  plan,
  test,
  modes = ALL_MODES,
  functions,
}: Omit<ScenarioOptions, 'mode'> & { readonly modes?: readonly ScenarioMode[] }): ModesComparison {
  const results = modes.map(mode => runScenario({ plan, test, mode, functions }));
  const [first, ...others] = results;
  return { results, differences: others.flatMap(other => differencesOf(first!, other)) };
}

function differencesOf(first: ScenarioResult, other: ScenarioResult): string[] {
  const names = new Set([...first.outputs.keys(), ...other.outputs.keys()]);
  const comparable = other.mode.isShuffled ? regardlessOfArrival : (series: readonly Output[]) => series;
  const differences = [...names].flatMap(name => {
    const a = comparable(first.outputs.get(name) ?? []);
    const b = comparable(other.outputs.get(name) ?? []);
    const length = Math.max(a.length, b.length);
    const at = Array.from({ length }, (_, i) => i).find(i => !isSame(a[i], b[i]));
    if (at === undefined) return [];
    return [
      `${other.mode.name}: ${name}, number ${at + 1}: ${JSON.stringify(b[at])} instead of ${JSON.stringify(a[at])}`,
    ];
  });
  if (isSame(first.counters, other.counters)) return differences;
  const counts = `${JSON.stringify(other.counters)} instead of ${JSON.stringify(first.counters)}`;
  return [...differences, `${other.mode.name}: counters are ${counts}`];
}

/** Rejected events come in order of arrival, and say it; the silence of a device is told by it. All are others after a shuffle. */
function regardlessOfArrival(series: readonly Output[]): readonly Output[] {
  const outputs = series.filter(output => !isOfSilence(output)).map(withoutArrival);
  return outputs.every(output => output.kind === 'rejected') ? outputs.toSorted(byText) : outputs;
}

function isOfSilence(output: Output): boolean {
  return output.kind === 'alert' && (output.alert.change === 'stale' || output.alert.change === 'heard');
}

function withoutArrival(output: Output): Output {
  switch (output.kind) {
    case 'rejected':
      return { ...output, rejection: { ...output.rejection, arrivalUs: 0 } };
    case 'alert': {
      const { state: _, ...alert } = output.alert;
      const state = (output.alert.state ?? []).filter(word => word !== 'stale');
      return { ...output, alert: { ...alert, ...(state.length === 0 ? {} : { state }) } };
    }
    case 'row':
      return output;
  }
}

function byText(a: Output, b: Output): number {
  return compareTexts(JSON.stringify(a), JSON.stringify(b));
}
