import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { Scalar } from '../../engine/batch.ts';
import type { ActionKind } from '../../dsl/plan.ts';
import type { OperatorAction } from '../../engine/operators/rule/operator-action.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { inboxOf, postAction } from './actions/action-inbox.ts';
import { type OpenAlert, openAlerts } from './actions/alert-book.ts';
import type { WrittenAction } from './actions/parse-action.ts';
import { stateFolder } from './actions/state-folder.ts';
import { CommandLineError } from './command-line-error.ts';
import { collect } from './collect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printable } from './printable.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { usOf } from '../settings/setting-values.ts';

/** `ack`, `shelve` … : what operators do, for a run that goes on now or later. */
export function addActionCommands(program: Command): void {
  for (const [name, { kind, description }] of Object.entries(COMMANDS)) {
    const command = program
      .command(name)
      .description(description)
      .argument('[alert]', 'the beginning of its id, as `millrace alerts` shows it')
      .option('--rule <name>', 'instead of an alert: what this rule says …')
      .option('--key <value>', '… of the key with this value (repeatable, in the order of its fields)', collect, [])
      .option('--by <name>', 'who does it (default: the user of this machine)')
      .option('--comment <text>', 'why')
      .option('--to <where>', '`nats`: publish it to `nats.actions` of millrace.yaml, for a run on any machine')
      .option('--state <dir>', 'the folder of the state (default: `state` of millrace.yaml)');
    if (kind === 'shelve') command.option('--for <duration>', 'how long (default: until it clears)', parseFor);
    command.action(async (alert: string | undefined, options: ActOptions) => {
      process.exitCode = await act(kind, alert, options);
    });
  }
}

const COMMANDS = {
  ack: { kind: 'acknowledge', description: 'acknowledge an alert' },
  comment: { kind: 'comment', description: 'say something about an alert' },
  shelve: { kind: 'shelve', description: 'put an alert aside for a time' },
  unshelve: { kind: 'unshelve', description: 'bring a shelved alert back' },
  suppress: { kind: 'suppress', description: 'leave out what a rule says of a key, until `unsuppress`' },
  unsuppress: { kind: 'unsuppress', description: 'no longer leave it out' },
  'out-of-service': {
    kind: 'out_of_service',
    description: 'say that a rule does not count for a key: it is worked on',
  },
  'in-service': { kind: 'in_service', description: 'say that it counts again' },
} satisfies Record<string, { kind: ActionKind; description: string }>;

type ActOptions = {
  readonly rule?: string;
  readonly key: readonly string[];
  readonly by?: string;
  readonly comment?: string;
  readonly for?: number;
  readonly to?: string;
  readonly state?: string;
};

async function act(kind: ActionKind, alert: string | undefined, options: ActOptions): Promise<ExitCode> {
  const settings = readSettings();
  const subject = options.to === undefined ? null : subjectOf(options.to, settings);
  const folder = subject === null ? stateFolder(options.state) : (options.state ?? settings.stateDirectory);
  const open = folder === null ? [] : openAlerts(folder);
  if ((alert === undefined) === (options.rule === undefined)) {
    throw new CommandLineError('MR7082', 'it is not said of what', 'give an alert, or --rule and --key');
  }
  if (kind === 'comment' && options.comment === undefined) {
    throw new CommandLineError('MR7082', 'a comment has no text', 'give it: --comment "valve replaced"');
  }
  const action: WrittenAction = {
    action: kind,
    ...targetOf(alert, { options, open, isElsewhere: subject !== null }),
    by: options.by ?? userInfo().username,
    comment: options.comment ?? null,
    durationUs: options.for ?? null,
  };
  const of = 'rule' in action ? [action.rule, ...action.key.map(String)].join(' ') : action.alert;
  const what = `${kind.replaceAll('_', ' ')} ${of}, by ${action.by}`;
  if (subject !== null) {
    const { publishAction } = await import('./actions/publish-action.ts'); // the client of NATS takes a while to load
    return await publishAction({ settings: settings.nats, subject, action, what });
  }
  const name = `${String(Date.now()).padStart(15, '0')}-${process.pid}`;
  await postAction(new NodeDisk(), inboxOf(folder!), name, action);
  process.stdout.write(`${printable(`${what}: the run is told`)}\n`);
  return EXIT.ok;
}

/** Errors: MR7084. */
function subjectOf(to: string, { nats }: Settings): string {
  if (to === 'nats' && nats.actions !== undefined) return nats.actions;
  throw to === 'nats'
    ? new CommandLineError(
        'MR7084',
        'no subject for actions is set',
        'in millrace.yaml: nats: { actions: "actions.>" }',
      )
    : new CommandLineError('MR7084', `no action is sent to ${to}`, 'it is `--to nats`');
}

type Target = Pick<OperatorAction, 'rule' | 'key' | 'alert'>;

/** The run elsewhere knows an alert by its whole id; none here has to. */
function targetOf(
  alert: string | undefined,
  {
    options,
    open,
    isElsewhere,
  }: { readonly options: ActOptions; readonly open: readonly OpenAlert[]; readonly isElsewhere: boolean },
): Target | { readonly alert: string } {
  if (alert === undefined) return keyTarget(options, open);
  const isKnown = open.some(({ id }) => id.startsWith(alert));
  return isElsewhere && !isKnown && WHOLE_ID.test(alert) ? { alert } : alertTarget(alert, open);
}

const WHOLE_ID = /^[0-9a-f]{32}$/;

function alertTarget(beginning: string, open: readonly OpenAlert[]): Target {
  const found = open.filter(({ id }) => id.startsWith(beginning));
  if (found.length === 1) {
    const { id, rule, key } = found[0]!;
    return { rule, key: Object.values(key), alert: id };
  }
  const [message, hint] =
    found.length === 0
      ? [`no alert begins with ${beginning}`, '`millrace alerts` lists those that have not cleared']
      : [
          `${found.length} alerts begin with ${beginning}`,
          'give more of the id: `millrace alerts --json` shows all of it',
        ];
  throw new CommandLineError('MR7081', message, hint);
}

/** A key's values are text here; where an alert of it is open, they are as that has them. */
function keyTarget({ rule, key }: ActOptions, open: readonly OpenAlert[]): Target {
  const isIt = (alert: OpenAlert) =>
    alert.rule === rule && Object.values(alert.key).map(String).join('\n') === key.join('\n');
  const known = open.find(isIt);
  const values: readonly Scalar[] = known === undefined ? key : Object.values(known.key);
  return { rule: rule!, key: values, alert: null };
}

/** In microseconds. */
function parseFor(text: string): number {
  const forUs = usOf(text);
  if (forUs === null || forUs <= 0) throw new InvalidArgumentError('It is a duration, such as 30m or 8h.');
  return forUs;
}
