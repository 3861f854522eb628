import { MillraceError } from '../../engine/errors.ts';
import type { NatsSettings, NatsWarning } from './nats-settings.ts';

/** A failure of the client library in Millrace's words. Only its message is kept: it names no secret. */
export function connectionError(settings: NatsSettings, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const where = shownServers(settings);
  const what = messageOf(error);
  if (isNotAuthorised(error)) return notAuthorised(where, what);
  const isRefusedLate = isTimeout(error) && settings.tls !== undefined && settings.tls.certFile === undefined;
  if (isRefusedLate || isOfTls(error)) {
    const why = isRefusedLate ? 'it does not answer; it may want a certificate of the client' : what;
    return new MillraceError('MR5103', `no secure connection to ${where}: ${why}`, {
      hint: 'check `tls` of `nats` in millrace.yaml: the authority (`ca`) that signed the server, and `cert` and `key` where it asks for them',
      domain: 'external',
    });
  }
  return new MillraceError('MR5101', `cannot connect to ${where}: ${what}`, {
    hint: 'is nats-server running there? `millrace services up` starts one; `nats: { servers: … }` in millrace.yaml says where it is',
    domain: 'external',
    retry: 'backoff',
  });
}

export function notAuthorised(where: string, what: string): MillraceError {
  return new MillraceError('MR5102', `${where} does not allow it: ${what}`, {
    hint: 'check the login of `nats` in millrace.yaml, and what that user may publish and subscribe to',
    domain: 'external',
  });
}

export function connectionLost(settings: NatsSettings): NatsWarning {
  return {
    code: 'MR5101',
    message: `the connection to ${shownServers(settings)} is lost`,
    hint: 'it is tried again until it is back, and then goes on where it was',
  };
}

export function wrongSettings(what: string, hint: string): MillraceError {
  return new MillraceError('MR5112', `the settings of nats: ${what}`, { hint });
}

export function noJetStream(settings: NatsSettings): MillraceError {
  return new MillraceError('MR5104', `${shownServers(settings)} has no JetStream for this user`, {
    hint: 'start nats-server with `--jetstream`, and enable it for the account; behind a leaf node give `domain`',
    domain: 'external',
    retry: 'backoff',
  });
}

export function noStream(subject: string, what: string): MillraceError {
  return new MillraceError('MR5105', `no JetStream stream stores ${subject}: ${what}`, {
    hint: '`millrace setup` creates one; a mirror is named by `nats: { streams: … }` in millrace.yaml',
    domain: 'external',
  });
}

export function severalStreams(subject: string, names: readonly string[]): MillraceError {
  return new MillraceError('MR5106', `several JetStream streams store ${subject}: ${names.join(', ')}`, {
    hint: 'one stream of events is read from one of them: write a subject that only one stores, or name it by `nats: { streams: … }` in millrace.yaml',
  });
}

export function noBucket(bucket: string): MillraceError {
  return new MillraceError('MR5116', `there is no key–value bucket ${bucket}`, {
    hint: `create it, for example with \`nats kv add ${bucket} --history 10\``,
    domain: 'external',
  });
}

export function noRow(bucket: string, key: string, what: string): MillraceError {
  return new MillraceError('MR5117', `the key ${key} of the bucket ${bucket} is no row: ${what}`, {
    hint: 'a value is a JSON object with the fields of the table, and a key of several fields has a part for each between dots',
    domain: 'external',
  });
}

export function bucketInMotion(bucket: string): MillraceError {
  return new MillraceError(
    'MR5101',
    `the bucket ${bucket} could not be read as a whole: it changes all the time, or the connection does`,
    {
      hint: 'it is tried again',
      domain: 'external',
      retry: 'backoff',
    },
  );
}

export function otherStream(stream: string, what: string): MillraceError {
  return new MillraceError('MR5107', `the JetStream stream ${stream} is not the one that was being read: ${what}`, {
    hint: 'put that one back, or start without the kept state',
    domain: 'external',
  });
}

/** Of what goes on with the stream as it is now. */
export function madeAnew(stream: string, what: string): NatsWarning {
  return {
    code: 'MR5107',
    message: `the JetStream stream ${stream} is not the one that was being read: ${what}`,
    hint: 'it is read from where it begins now, or goes on',
  };
}

export function removed(range: { readonly stream: string; readonly from: number; readonly to: number }): NatsWarning {
  const count = range.to - range.from + 1;
  return { code: 'MR5109', message: removedReason({ ...range, count, isExact: false }) };
}

export function streamGone(stream: string, sequence: number): MillraceError {
  const what = `the JetStream stream ${stream} was deleted while it was being read; sequence ${sequence} was the last that was read`;
  return new MillraceError('MR5108', what, {
    hint: 'what came behind it is gone; create it again (`millrace setup`) and start without the kept state',
    domain: 'external',
  });
}

/** Said as a rejection: the reader goes on. */
export function removedReason(removed: {
  readonly stream: string;
  readonly count: number;
  readonly isExact: boolean;
  readonly from: number;
  readonly to: number;
}): string {
  const { stream, count, isExact, from, to } = removed;
  const many = `${isExact ? '' : 'up to '}${shown(count)} message${count === 1 ? '' : 's'}`;
  return `${many} of ${stream} (sequence ${shown(from)} to ${shown(to)}) were removed before they were read`;
}

export function rewrittenSubjects(stream: string, what: string): MillraceError {
  return new MillraceError(
    'MR5110',
    `the JetStream stream ${stream} stores other subjects than were published: ${what}`,
    {
      hint: 'take fields from the message instead of its subject; an address is a stored subject where `nats: { streams: … }` names its stream',
    },
  );
}

export function consumerRefused(stream: string, what: string): MillraceError {
  return new MillraceError('MR5111', `the JetStream stream ${stream} gives no consumer: ${what}`, {
    hint: 'of a work queue every subject has one consumer: see docs/connectors/nats.md, and `nats consumer ls`',
    domain: 'external',
  });
}

export function otherSubjects(options: { readonly stream: string; readonly subject: string }): NatsWarning {
  const { stream, subject } = options;
  return {
    code: 'MR5113',
    message: `the JetStream stream ${stream} does not store ${subject} any more`,
    hint: 'its subjects were changed: what is published there now reaches no rule',
  };
}

export function otherAddress(options: {
  readonly stream: string;
  readonly was: string;
  readonly subject: string;
}): NatsWarning {
  const { stream, was, subject } = options;
  return {
    code: 'MR5113',
    message: `the kept state has read ${was} of ${stream}, and now ${subject} is read from there on`,
    hint: 'older messages of the new subject are not read; start without the kept state to read them',
  };
}

export function consumerReset(options: { readonly stream: string; readonly reason: string }): NatsWarning {
  const { stream, reason } = options;
  return {
    code: 'MR5114',
    message: `reading ${stream} was interrupted: ${reason}`,
    hint: 'it goes on behind the last message that was handled; nothing is left out',
  };
}

export function wrongCodec(subject: string, codec: string): MillraceError {
  return new MillraceError('MR5115', `messages of ${subject} are not read as ${codec}`, {
    hint: 'write what one message holds, such as `json`',
  });
}

export function shownServers({ servers }: NatsSettings): string {
  return servers.map(server => server.replace(/^(\w+:\/\/)?[^/]*@/, '$1')).join(', ');
}

export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/[\r\n].*/s, '');
}

function isNotAuthorised(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return ['AuthorizationError', 'UserAuthenticationExpiredError', 'PermissionViolationError'].includes(name);
}

/** TLS 1.3 refuses a client without a certificate after the handshake, and the client library waits on. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

function isOfTls(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = String((at as NodeJS.ErrnoException).code ?? '');
    if (/^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO)/.test(code))
      return true;
    if (/\btls\b|certificate|ssl/i.test(at.message)) return true;
  }
  return false;
}

function shown(value: number): string {
  return value.toLocaleString('en');
}
