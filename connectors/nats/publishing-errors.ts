import { MillraceError } from '../../engine/errors.ts';
import type { NatsWarning } from './nats-settings.ts';

export function wrongSubject(address: string, what: string): MillraceError {
  return new MillraceError('MR5120', `${JSON.stringify(address)} is no subject to publish to: ${what}`, {
    hint: 'write a fixed first part, and names in braces: `nats "alerts.{site}.{severity}"`',
  });
}

export function noAlertStream(subject: string, what: string): MillraceError {
  return new MillraceError('MR5121', `no JetStream stream keeps what is published to ${subject}: ${what}`, {
    hint: `create one: \`millrace setup FILE --apply\` for what a rule file needs, or \`nats stream add NAME --subjects="${firstToken(subject)}.>" --defaults\``,
    domain: 'external',
  });
}

/** A stream may be on its way: a server that is starting does not know all of them. */
export function noAlertStreamYet(subject: string): MillraceError {
  return new MillraceError('MR5121', `no JetStream stream takes ${subject} now`, {
    hint: 'it is tried again',
    domain: 'external',
    retry: 'backoff',
  });
}

export function severalAlertStreams(subject: string, names: readonly string[]): MillraceError {
  return new MillraceError('MR5122', `several JetStream streams take ${subject}: ${names.join(', ')}`, {
    hint: 'what has one subject goes to one stream: write a subject that only one takes, and a route for each',
    domain: 'external',
  });
}

export function otherAlertStream(stream: string, what: string): NatsWarning {
  return {
    code: 'MR5123',
    message: `the JetStream stream ${stream} is not as the kept state left it: ${what}`,
    hint: 'publishing goes on; what the kept state published is not published again, and what was removed since may be',
  };
}

export function refused(stream: string, what: string): MillraceError {
  return new MillraceError('MR5124', `the JetStream stream ${stream} takes no more: ${what}`, {
    hint: 'make room (`nats stream purge`, larger limits, or `discard: old`): it is tried again until it is taken',
    domain: 'external',
    retry: 'backoff',
  });
}

export function tooLarge(subject: string, what: string): MillraceError {
  return new MillraceError('MR5125', `a message to ${subject} is too large: ${what}`, {
    hint: 'raise `max_payload` of nats-server and `max_msg_size` of the stream, or publish smaller values',
    domain: 'external',
  });
}

export function tooManyPublished(stream: string, count: number): NatsWarning {
  return {
    code: 'MR5126',
    message: `of what ${stream} holds behind the kept state, ${count.toLocaleString('en')} messages were not made again`,
    hint: 'the oldest of them are forgotten: should they be made again later, they are published twice',
  };
}

function firstToken(subject: string): string {
  return subject.split('.')[0]!;
}
