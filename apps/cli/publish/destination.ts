import { covers } from '../../../connectors/nats/subject-filter.ts';
import { SubjectTemplate } from '../../../connectors/nats/subject-template.ts';
import type { Plan, SourceNode } from '../../../dsl/plan.ts';
import { CommandLineError } from '../command-line-error.ts';
import { compileFiles } from '../compile-files.ts';

export type Destination = {
  /** Names in braces are fields of the stream, or columns of the file. */
  readonly template: SubjectTemplate;
  /** The stream that reads it; null: none is named. */
  readonly stream: SourceNode | null;
};

export type DestinationOptions = {
  readonly to: string;
  readonly rules: readonly string[];
  readonly as?: string;
};

/** Null where the rule files have errors, which are written. Errors: MR7030, MR5120. */
export function destinationOf({ to, rules, as }: DestinationOptions): Destination | null {
  const subject = subjectOf(to);
  if (rules.length === 0) {
    if (subject === null || as !== undefined) throw noSubject(as === undefined ? '`--to nats`' : `\`--as ${as}\``);
    return { template: new SubjectTemplate(subject), stream: null };
  }
  const compiled = compileFiles(rules, { later: 'warning', store: 'there' });
  if (compiled === null) return null;
  const stream = streamOf(compiled.plan, { name: as, hasSubject: subject !== null });
  const template = new SubjectTemplate(subject ?? subjectOfStream(stream));
  requireRead(stream, template);
  return { template, stream };
}

/** A stream of another connector is taken for what its fields are. */
function requireRead(stream: SourceNode, template: SubjectTemplate): void {
  if (stream.connector !== 'nats') return;
  if (stream.codec === 'msgpack' || stream.codec === 'cbor') {
    throw unclear(
      `${stream.id} reads ${stream.codec}, and files are published as JSON`,
      'say `json` there while its rules are tried with a file',
    );
  }
  if (!covers(stream.address, template.pattern)) {
    throw unclear(
      `${template.address} is not what ${stream.id} reads`,
      `it reads ${stream.address}; leave the subject out, and it is made from that`,
    );
  }
}

/** Null: that of the stream. */
function subjectOf(to: string): string | null {
  if (to === 'nats') return null;
  if (to.startsWith(PREFIX) && to !== PREFIX) return to.slice(PREFIX.length);
  throw unclear(`nothing is published to ${to}`, 'it is `nats`, or a subject: `--to "nats:plant.{device}.motor"`');
}

function streamOf(plan: Plan, { name, hasSubject }: { name: string | undefined; hasSubject: boolean }): SourceNode {
  const all = plan.nodes.filter(node => node.kind === 'source');
  const ofNats = all.filter(({ connector }) => connector === 'nats');
  const candidates = ofNats.length > 0 || !hasSubject ? ofNats : all;
  if (name !== undefined) return namedStream(name, { all, hasSubject });
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0) {
    const have = all.map(({ id, connector }) => `${id} from ${connector}`).join(', ');
    throw unclear(
      'no stream of the rules is read from nats',
      `${have === '' ? 'no stream is declared' : `there is ${have}`}; with a subject any will do: \`--to "nats:plant.{device}.motor"\``,
    );
  }
  throw unclear(
    `the rules read several streams: ${namesOf(candidates)}`,
    `say which one the file is for: \`--as ${candidates[0]!.id}\``,
  );
}

function namedStream(name: string, { all, hasSubject }: { all: readonly SourceNode[]; hasSubject: boolean }) {
  const found = all.find(({ id }) => id === name);
  if (found === undefined) {
    throw unclear(`--as names ${name}, and no such stream has a source`, `the streams are ${namesOf(all)}`);
  }
  if (found.connector === 'nats' || hasSubject) return found;
  throw unclear(
    `${name} is read from ${found.connector}, which says no subject`,
    'give it: `--to "nats:plant.{device}.motor"`',
  );
}

/** Tokens that fields are read from get these fields' values. */
function subjectOfStream({ id, address, fields }: SourceNode): string {
  const tokens = address.split('.').map((token, index) => {
    if (token !== '*' && token !== '>') return token;
    const field = fields.find(({ from }) => from.kind === 'subject' && from.token === index + 1);
    return token === '*' && field !== undefined ? `{${field.name}}` : null;
  });
  const missing = tokens.indexOf(null);
  if (missing < 0) return tokens.join('.');
  const example = tokens.map(token => token ?? 'a').join('.');
  throw unclear(
    `part ${missing + 1} of ${address} is no field of ${id}, so nothing says what to publish there`,
    `give the whole subject, with columns of the file in braces: \`--to "nats:${example}"\``,
  );
}

function noSubject(what: string): CommandLineError {
  return unclear(
    `${what} does not say to which subject`,
    'name the rules that read it, `--rules plant.mill`, or the subject, with columns in braces: `--to "nats:plant.{device}.motor"`',
  );
}

function unclear(what: string, hint: string): CommandLineError {
  return new CommandLineError('MR7030', what, hint);
}

function namesOf(streams: readonly SourceNode[]): string {
  return streams.map(({ id }) => id).join(', ');
}

const PREFIX = 'nats:';
