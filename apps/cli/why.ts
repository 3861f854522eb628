import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { isoTime } from '../../connectors/codecs/output-lines.ts';
import { ConditionParts } from '../../engine/explanation/condition-parts.ts';
import type { Evidence } from '../../engine/explanation/witness.ts';
import { type Story, storyOf, type ToldChange } from '../../engine/explanation/why.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { collect } from './collect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { onInterrupt } from './on-interrupt.ts';
import { printable } from './printable.ts';
import { duckDbFileOf } from './store-option.ts';
import { coloursFor } from './terminal.ts';
import { findAlert } from './why/alert-places.ts';
import { AskedRules } from './why/asked-rule.ts';
import { KeptActions } from './why/kept-actions.ts';
import type { KeptAlert } from './why/kept-alert.ts';
import { type LateData, lateDataLine, lateEventsIn } from './why/late-data.ts';
import { Past } from './why/past.ts';
import { StoryText } from './why/story-text.ts';
import { jsonOf } from './why/story-json.ts';
import { runStretches } from './why/stretches.ts';
import { dateTime } from './why/times.ts';

export function addWhyCommand(program: Command): void {
  program
    .command('why')
    .description('tell how an alert came: what led to it, what it did, and how it ended')
    .argument('<alert>', 'the beginning of its id; a file of lines of JSON, or `-`: those on standard input')
    .argument('[file...]', 'rule files (default: those in the folder of rules)')
    .option(
      '--store <where>',
      'where series and alerts are kept, as for `run` (default: `store` of millrace.yaml, or `duckdb`)',
    )
    .option('--source <name=address>', 'read a stream from elsewhere, as for `run` (repeatable)', collect, [])
    .option('--state <dir>', 'the folder of the state (default: `state` of millrace.yaml)')
    .option('--json', 'the same as one JSON object')
    .action(async (alert: string, files: string[], options: WhyOptions) => {
      process.exitCode = await why(alert, files, options);
    });
}

type WhyOptions = {
  readonly store?: string;
  readonly source: readonly string[];
  readonly state?: string;
  readonly json?: true;
};

/** What is told of an alert. */
export type Told = {
  readonly alert: KeptAlert;
  readonly version: { readonly now: string; readonly then: string | null };
  /** Whether the rule, run again, raised it. */
  readonly isSame: boolean;
  /** What came late and has a part in it, where it was raised or commented on for that. */
  readonly late: LateData | null;
  readonly story: Story;
  /** Where the events came from. */
  readonly from: string;
};

async function why(name: string, files: readonly string[], options: WhyOptions): Promise<ExitCode> {
  const settings = readSettings();
  const rules = AskedRules.read(files, settings.rulesDirectory);
  if (rules === null) return EXIT.failed;
  const store = storeAsked(options.store, settings);
  const { plan } = rules;
  const places = { plan, settings, store, state: options.state };
  const alert = await findAlert(name, places);
  const { explained, members } = rules.find(alert.rule);
  const interrupt = onInterrupt();
  const where = store === undefined ? {} : { store };
  const past = await Past.open(explained, {
    plan,
    settings,
    signal: interrupt.signal,
    source: options.source,
    ...where,
  });
  try {
    const knownUs = alert.changes.map(({ timeUs }) => timeUs);
    const actions = await KeptActions.read(explained, { key: alert.key, ...places });
    const lastUs = knownUs.at(-1) ?? 0;
    const question = {
      key: alert.key,
      actions: actions.all,
      asked: { fromUs: -Infinity, untilUs: Infinity, matchesAtUs: new Set(knownUs) },
      atUs: knownUs[0] ?? Date.now() * 1_000,
      toUs: Number.MAX_SAFE_INTEGER,
      endUs: lastUs,
      horizonUs: explained.horizonUs,
      isEnough: ({ changes }: Evidence) => isRaised(alert, changes),
    };
    let { evidence } = await runStretches(past, question);
    const dependsOn = { fromUs: (knownUs[0] ?? lastUs) - explained.horizonUs, toUs: lastUs + explained.delayUs };
    let part: LateData['part'] = 'changed';
    if (!isRaised(alert, evidence.changes) && explained.isRevised && past.hasStretches && past.late.length > 0) {
      const inOrder = await runStretches(past, { ...question, endUs: dependsOn.toUs, isInOrder: true });
      if (isRaised(alert, inOrder.evidence.changes)) [evidence, part] = [inOrder.evidence, 'raised'];
    }
    const events = lateEventsIn(past.late, dependsOn);
    const isPutRight =
      part === 'raised' || alert.changes.some(({ change, by }) => change === 'commented' && by === 'millrace');
    const own = evidence.changes.filter(({ id }) => id === alert.id);
    const parts = new ConditionParts(explained);
    const told: Told = {
      alert,
      version: {
        now: explained.version,
        then: alert.changes.findLast(({ ruleVersion }) => ruleVersion !== null)?.ruleVersion ?? null,
      },
      isSame: isRaised(alert, own),
      late: explained.isRevised && isPutRight && events.length > 0 ? { part, events } : null,
      story: storyOf(explained, evidence, { changes: toldChanges(own, alert), parts }),
      from: past.description,
    };
    const text = new StoryText(members, coloursFor(process.stdout));
    process.stdout.write(options.json === true ? `${jsonOf(told, members)}\n` : textOf(told, text, evidence));
    return interrupt.exitCode() ?? EXIT.ok;
  } finally {
    await past.close();
  }
}

function isRaised({ id }: KeptAlert, changes: readonly AlertChange[]): boolean {
  return changes.some(change => change.id === id && change.change === 'raised');
}

/** A store that nobody names is the DuckDB file, where that is there. */
export function storeAsked(option: string | undefined, settings: Settings): string | undefined {
  return option ?? settings.store ?? (existsSync(duckDbFileOf(undefined)) ? 'duckdb' : undefined);
}

/** What came again, and what was kept beside it: what operators did, and what did not come again. */
function toldChanges(again: readonly AlertChange[], { changes }: KeptAlert): ToldChange[] {
  const cameAgain = new Set(again.map(({ change, timeUs }) => `${change} ${timeUs}`));
  const others = changes.filter(({ change, timeUs }) => !cameAgain.has(`${change} ${timeUs}`));
  return [...again, ...others].sort((a, b) => a.timeUs - b.timeUs);
}

function textOf({ alert, version, isSame, late, story, from }: Told, text: StoryText, evidence: Evidence): string {
  const first = alert.changes[0]?.timeUs ?? story.find(entry => entry.kind === 'change')?.timeUs ?? 0;
  const key = Object.entries(alert.key).map(([name, value]) => `${name} ${value}`);
  const title = [alert.rule, ...key].join(', ');
  const lines = [`${title}: alert ${alert.id}`, text.startAt(first).slice(0, 10), '', ...text.lines(story), ''];
  if (!isSame) lines.push(...otherwise(evidence));
  if (late !== null) lines.push(lateDataLine(late));
  if (version.then !== null && version.then !== version.now) {
    lines.push(`The rule has changed since: it was raised by version ${version.then}, and this is ${version.now}.`);
  }
  lines.push(`Rule version ${version.now}, run again over ${from}.`);
  return `${lines.map(printable).join('\n')}\n`;
}

/** The alert did not come again. */
function otherwise({ steps, changes }: Evidence): string[] {
  if (steps.length === 0) return ['Nothing of this key is there any more: what led to it cannot be told.'];
  const raised = changes.filter(({ change }) => change === 'raised').map(({ timeUs }) => dateTime(timeUs));
  const instead = raised.length === 0 ? 'raises nothing' : `raises at ${raised.slice(-5).join(', ')}`;
  return [`Run again, from ${isoTime(steps[0]!.atUs)} on, the rule ${instead}, and not this alert.`];
}
