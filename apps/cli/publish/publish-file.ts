import { randomBytes } from 'node:crypto';
import { type FileRecord, RecordReader } from '../../../connectors/file/records.ts';
import { Pacing } from '../../../connectors/file/pacing.ts';
import { SharedConnection } from '../../../connectors/nats/connection.ts';
import type { OutgoingMessage } from '../../../connectors/nats/publisher.ts';
import { Telemetry } from '../../../connectors/nats/telemetry.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { readSettings } from '../../settings/settings.ts';
import type { Speed } from '../speed-option.ts';
import { type DestinationOptions, destinationOf } from './destination.ts';
import { PublishJson, type PublishOutput, PublishText } from './publish-output.ts';
import { lookAtRecording, type Recording } from './recording.ts';
import { requireTime, shiftToNow } from './shift-to-now.ts';
import { type EncodedPart, TelemetryMessages } from './telemetry-messages.ts';

export type PublishOptions = DestinationOptions & {
  readonly speed: Speed;
  readonly now?: true;
  readonly json?: true;
};

export async function publishFile(file: string, options: PublishOptions): Promise<ExitCode> {
  const destination = destinationOf(options);
  if (destination === null) return EXIT.failed;
  const { template } = destination;
  const recording = await lookAtRecording(file, destination);
  requireTime(recording, options);
  const { nats } = readSettings();
  const settings = { ...nats, onWarning: (warning: Warning) => writeCodedMessage({ severity: 'warning', ...warning }) };
  const idPrefix = `${randomBytes(9).toString('base64url')}.`;
  const { signal, exitCode } = onInterrupt();
  const telemetry = await Telemetry.open(settings, new SharedConnection(settings), {
    pattern: template.pattern,
    idPrefix,
  });
  try {
    const nowUs = Date.now() * 1000;
    const shiftUs = options.now === true ? await shiftToNow(recording, { speed: options.speed, nowUs, signal }) : 0;
    const output = options.json === true ? new PublishJson() : new PublishText();
    output.begin({ file, subject: template.address, jsStream: telemetry.stream, shiftUs });
    const { maxBytes } = telemetry;
    const messages = new TelemetryMessages({ destination, idPrefix, maxBytes, onEncoded: tellEncoded });
    const player = new Player({ recording, speed: options.speed, telemetry, messages, output, signal });
    try {
      await player.play(shiftUs);
    } finally {
      output.summary({ messages: telemetry.published, rejected: player.rejected });
    }
  } finally {
    await telemetry.close();
  }
  return exitCode() ?? EXIT.ok;
}

type PlayerOptions = {
  readonly recording: Recording;
  readonly speed: Speed;
  readonly telemetry: Telemetry;
  readonly messages: TelemetryMessages;
  readonly output: PublishOutput;
  readonly signal: AbortSignal;
};

/** Sends the records of a file at the pace of their times. */
class Player {
  readonly #options: PlayerOptions;
  readonly #pacing: Pacing;
  rejected = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#pacing = new Pacing({ speed: options.speed, leapUs: DAY_US });
  }

  async play(shiftUs: number): Promise<void> {
    const { recording, speed, output, signal } = this.#options;
    const reader = await RecordReader.open({ ...recording, shiftUs });
    try {
      for (let batch = await reader.read(signal); batch !== null; batch = await reader.read(signal)) {
        for (const record of batch.unreadable) this.#reject(record);
        await this.#send(batch.records, speed === 'max' ? reader.progress : null);
        await output.drained(signal);
      }
    } finally {
      await reader.close();
    }
  }

  /** What is due goes before a record is waited for that is not. */
  async #send(records: readonly FileRecord[], share: number | null): Promise<void> {
    const { messages, signal } = this.#options;
    let due: OutgoingMessage[] = [];
    let untilUs = this.#pacing.untilUs();
    for (const record of records) {
      if (record.timeUs >= untilUs) {
        await this.#publish(due, share);
        due = [];
        await this.#pacing.wait(record.timeUs, signal);
        untilUs = this.#pacing.untilUs();
      }
      if (signal.aborted) return;
      const made = messages.of(record);
      if ('code' in made) this.#reject(made);
      else due.push(made);
    }
    await this.#publish(due, share);
  }

  async #publish(due: readonly OutgoingMessage[], share: number | null): Promise<void> {
    const { telemetry, output, signal } = this.#options;
    if (due.length === 0 || signal.aborted) return;
    try {
      await telemetry.publish(due, signal);
    } finally {
      output.published({ messages: telemetry.published, share });
    }
  }

  #reject(record: Parameters<PublishOutput['rejected']>[0]): void {
    this.rejected++;
    this.#options.output.rejected(record);
  }
}

type Warning = { readonly code: string; readonly message: string; readonly hint?: string };

/** Rules that take a field from the subject see it as it stands there. */
function tellEncoded({ name, value, token }: EncodedPart): void {
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  writeCodedMessage({
    severity: 'warning',
    code: 'MR5130',
    message: `${name} is ${JSON.stringify(shown)}, and ${token} in the subject; so are others with blanks, dots or wildcards`,
    hint: `a stream that takes ${name} from the subject sees it so; leave out \`= subject[…]\`, and it is read from the message`,
  });
}

const DAY_US = 86_400e6;
