import { randomBytes } from 'node:crypto';
import { SharedConnection } from '../../../connectors/nats/connection.ts';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import { Telemetry } from '../../../connectors/nats/telemetry.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { printable } from '../printable.ts';
import type { WrittenAction } from './parse-action.ts';

/** Once, whatever happens to the server on the way. Errors: those of Telemetry. */
export async function publishAction(options: {
  readonly settings: NatsSettings;
  /** Wildcards stand for the kind of action. */
  readonly subject: string;
  readonly action: WrittenAction;
  readonly what: string;
}): Promise<ExitCode> {
  const { subject: pattern, action, what } = options;
  const settings: NatsSettings = {
    ...options.settings,
    onWarning: warning => writeCodedMessage({ severity: 'warning', ...warning }),
  };
  const idPrefix = `${randomBytes(9).toString('base64url')}.`;
  const { signal, exitCode } = onInterrupt();
  const telemetry = await Telemetry.open(settings, new SharedConnection(settings), { pattern, idPrefix });
  try {
    const subject = pattern
      .split('.')
      .map(token => (token === '*' || token === '>' ? action.action : token))
      .join('.');
    const message = { id: `${idPrefix}1`, subject, payload: JSON.stringify(action), contentType: JSON_TYPE, key: '' };
    await telemetry.publish([message], signal);
    if (telemetry.published > 0)
      process.stdout.write(`${printable(`${what}: it is in the stream ${telemetry.stream}`)}\n`);
  } finally {
    await telemetry.close();
  }
  return exitCode() ?? EXIT.ok;
}

const JSON_TYPE = 'application/json';
