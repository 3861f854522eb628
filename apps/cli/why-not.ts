import { type Command, InvalidArgumentError } from 'commander';
import { ConditionParts } from '../../engine/explanation/condition-parts.ts';
import type { ExplainedRule } from '../../engine/explanation/explained-rule.ts';
import type { Evidence, Key } from '../../engine/explanation/witness.ts';
import { type WhyNot, whyNot } from '../../engine/explanation/why-not.ts';
import { usOf } from '../settings/setting-values.ts';
import { readSettings } from '../settings/settings.ts';
import { collect } from './collect.ts';
import { CommandLineError } from './command-line-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { keyValues } from './key-values.ts';
import { onInterrupt } from './on-interrupt.ts';
import { printable } from './printable.ts';
import { timeOf } from './time-option.ts';
import { storeAsked } from './why.ts';
import { AskedRules } from './why/asked-rule.ts';
import { KeptActions } from './why/kept-actions.ts';
import { Past } from './why/past.ts';
import { asJson } from './why/story-json.ts';
import { runStretches } from './why/stretches.ts';
import { dateTime } from './why/times.ts';
import { type Aside, whyNotLines } from './why/why-not-text.ts';

const HOUR_US = 3_600_000_000;

export function addWhyNotCommand(program: Command): void {
  program
    .command('why-not')
    .description('tell why a rule had no alert of a key at a time')
    .argument('<rule>', 'its name')
    .argument('<key>', 'values of the key, those of several fields separated by commas; of a rule without a key: `-`')
    .argument('<time>', '2025-03-10T08:00:00Z, "2025-03-10 08:00", "1h ago"; without an offset it is UTC')
    .argument('[file...]', 'rule files (default: those in the folder of rules)')
    .option('--back <duration>', 'how far back to look for what came near (default: 1h)', parseBack, HOUR_US)
    .option('--store <where>', 'where series are kept, as for `run` (default: `store` of millrace.yaml, or `duckdb`)')
    .option('--source <name=address>', 'read a stream from elsewhere, as for `run` (repeatable)', collect, [])
    .option('--state <dir>', 'the folder of the state (default: `state` of millrace.yaml)')
    .option('--json', 'the same as one JSON object')
    .action(async (rule: string, key: string, time: string, files: string[], options: WhyNotOptions) => {
      process.exitCode = await tellWhyNot({ rule, key, time }, files, options);
    });
}

type WhyNotOptions = {
  readonly back: number;
  readonly store?: string;
  readonly source: readonly string[];
  readonly state?: string;
  readonly json?: true;
};

type Question = { readonly rule: string; readonly key: string; readonly time: string };

async function tellWhyNot(question: Question, files: readonly string[], options: WhyNotOptions): Promise<ExitCode> {
  const settings = readSettings();
  const rules = AskedRules.read(files, settings.rulesDirectory);
  if (rules === null) return EXIT.failed;
  const { explained, members } = rules.find(question.rule);
  const key = keyOf(question.key, explained);
  const timeUs = timeOf(question.time, { option: 'TIME', nowUs: Date.now() * 1_000 });
  const store = storeAsked(options.store, settings);
  const interrupt = onInterrupt();
  const where = store === undefined ? {} : { store };
  const opened = { plan: rules.plan, settings, signal: interrupt.signal, source: options.source, ...where };
  const past = await Past.open(explained, opened);
  try {
    const places = { plan: rules.plan, settings, store, state: options.state };
    const actions = await KeptActions.read(explained, { key, ...places });
    const parts = new ConditionParts(explained);
    const ask = (evidence: Evidence) =>
      whyNot(explained, evidence, { key, timeUs, lookBackUs: options.back, parts, actions: actions.ofKey });
    const { evidence } = await runStretches(past, {
      key,
      atUs: timeUs,
      toUs: timeUs + explained.delayUs + 1,
      endUs: timeUs,
      asked: { fromUs: timeUs - options.back, untilUs: timeUs },
      actions: actions.all,
      horizonUs: Math.max(explained.horizonUs, options.back, timeUs - actions.standingFromUs(timeUs)),
      isEnough: (now, before) => before !== null && now.steps.length > 0 && isEqual(ask(now), ask(before)),
    });
    const back = { fromUs: timeUs - options.back, toUs: timeUs + 1 };
    const rejected = [...evidence.rejected, ...(await past.rejected(key, back))];
    const mayBeUnknown = explained.key.length > 0 && explained.silence === null; // of silence the key may be one of a table
    if (mayBeUnknown) requireEvents({ ...evidence, rejected }, { question, past, timeUs });
    const answer = ask(evidence);
    const aside = asideOf({ rejected, late: past.late }, back);
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ type: 'why_not', rule: question.rule, key, rule_version: explained.version, read: past.description, members, ...(asJson({ timeUs, ...answer, ...aside }) as object) })}\n`
        : textOf(question.rule, {
            key,
            timeUs,
            answer,
            lines: whyNotLines(answer, { timeUs, members, aside }),
            from: past.description,
          }),
    );
    return interrupt.exitCode() ?? EXIT.ok;
  } finally {
    await past.close();
  }
}

/** Errors: MR7324. */
function keyOf(text: string, { rule, key }: ExplainedRule): Key {
  const values = key.length === 0 && text === '-' ? [] : keyValues(text, key);
  if (values !== null) return Object.fromEntries(key.map(({ name }, i) => [name, values[i]!]));
  const names = key.map(({ name, type }) => `${name} (${type})`).join(', ');
  throw new CommandLineError(
    'MR7324',
    `${JSON.stringify(text)} is no key of ${rule.name}`,
    key.length === 0
      ? 'its stream has no key: write `-`'
      : `the key is ${names}: a value for each, separated by commas`,
  );
}

/** Errors: MR7329. */
function requireEvents(
  { steps, beforeWhere, pattern, heardUs, rejected }: Omit<Evidence, 'rejected'> & Pick<Aside, 'rejected'>,
  { question, past, timeUs }: { readonly question: Question; readonly past: Past; readonly timeUs: number },
): void {
  const isSeen = [...steps, ...beforeWhere, ...(pattern?.rows ?? [])].some(({ atUs }) => atUs <= timeUs);
  if (isSeen || heardUs.size > 0 || rejected.length > 0 || past.late.length > 0) return;
  throw new CommandLineError(
    'MR7329',
    `nothing of ${question.key} is known before ${dateTime(timeUs)}, in ${past.description}`,
    'is the key written as its events have it? `millrace series` shows what is stored',
  );
}

function asideOf({ late, rejected }: Aside, { fromUs, toUs }: { fromUs: number; toUs: number }): Aside {
  const isThen = (us: number) => us > fromUs && us < toUs;
  return {
    late: late.filter(({ timeUs }) => isThen(timeUs)).map(({ timeUs, arrivalUs }) => ({ timeUs, arrivalUs })),
    rejected: rejected
      .filter(({ arrivalUs }) => isThen(arrivalUs))
      .map(({ arrivalUs, reason }) => ({ arrivalUs, reason })),
  };
}

function textOf(
  rule: string,
  told: {
    readonly key: Key;
    readonly timeUs: number;
    readonly answer: WhyNot;
    readonly lines: readonly string[];
    readonly from: string;
  },
): string {
  const key = Object.entries(told.key).map(([name, value]) => `${name} ${value}`);
  const lines = [
    `${[rule, ...key].join(', ')}, at ${dateTime(told.timeUs)}`,
    '',
    ...told.lines,
    '',
    `Run again over ${told.from}.`,
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function isEqual(a: WhyNot, b: WhyNot): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** In microseconds. */
function parseBack(text: string): number {
  const backUs = usOf(text);
  if (backUs === null || backUs <= 0) throw new InvalidArgumentError('It is a duration, such as 30m or 8h.');
  return backUs;
}
