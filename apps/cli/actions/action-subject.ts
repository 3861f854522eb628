import { setTimeout as delay } from 'node:timers/promises';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import type { StoredMessage, StoredMessages } from '../../../connectors/nats/stored-messages.ts';
import type { Position } from '../../../engine/connector.ts';
import { MillraceError } from '../../../engine/errors.ts';
import { ACTIONS, actionContent, type OperatorAction } from '../../../engine/operators/rule/operator-action.ts';
import type { InputEntry, NewEntries, NextOptions, RecordedInput } from '../../../engine/recorded-input.ts';

type Waiting = { readonly action: OperatorAction; readonly position: Position; readonly place: string };

type ActionSubjectOptions = {
  readonly settings: NatsSettings;
  readonly subject: string;
  /** Throws where it is no action. */
  readonly parse: (payload: Uint8Array) => OperatorAction;
  /** It is passed over. */
  readonly onRefused: (message: string, reason: string) => void;
  /** It cannot be read now; told once, until it works again. */
  readonly onTrouble: (error: Error) => void;
};

/**
 * What operators did, as messages of a JetStream stream, in its order. The position of the newest that counts is kept with
 * it, so each counts once. While a run goes on, nothing that happens to the server or the stream ends it.
 *
 * Errors, when a run starts: those of StoredMessages.
 */
export class ActionSubject implements RecordedInput {
  readonly input = ACTIONS;
  readonly #options: ActionSubjectOptions;
  #messages: StoredMessages | undefined;
  #waiting: Waiting[] = []; // read, and not taken yet; bound: MAX_ENTRIES, as no more is read before they are taken
  #reading: Promise<void> | undefined;
  #isInTrouble = false;
  #isClosed = false;

  constructor(options: ActionSubjectOptions) {
    this.#options = options;
  }

  take({ content }: InputEntry): void {
    const index = this.#waiting.findIndex(({ place }) => place === content['message']);
    this.#waiting.splice(0, index + 1);
  }

  async next({ arrivalUs, position }: NextOptions): Promise<NewEntries> {
    if (this.#messages === undefined) {
      this.#messages = await this.#open(position);
      if (arrivalUs === -Infinity) await this.#readPast(this.#messages);
      else await this.#read(this.#messages);
    }
    const entries = this.#waiting.map(({ action, place }) => {
      const { texts, content } = actionContent(action);
      return { texts, content: { ...content, message: place } };
    });
    return { entries, position: this.#waiting.at(-1)?.position ?? null };
  }

  /** The server is asked beside the events, which would have to wait for one that is away. */
  async changed(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted && this.#waiting.length === 0) {
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#reading ??= this.#tryToRead().finally(() => (this.#reading = undefined));
      await Promise.race([this.#reading, aborted]);
    }
  }

  compact(): readonly InputEntry[] {
    return []; // all that an action did is in the state
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#messages?.close();
  }

  async #open(position: Position | null): Promise<StoredMessages> {
    const { settings, subject } = this.#options;
    const [{ SharedConnection }, { StoredMessages }] = await Promise.all([
      import('../../../connectors/nats/connection.ts'),
      import('../../../connectors/nats/stored-messages.ts'),
    ]);
    const { onWarning: _, ...quiet } = settings; // that the connection is lost is told as trouble
    return await StoredMessages.open(settings, new SharedConnection(quiet), { subject, position });
  }

  async #tryToRead(): Promise<void> {
    try {
      await this.#read(this.#messages!);
      this.#isInTrouble = false;
    } catch (error) {
      const isOfServer = error instanceof MillraceError || (error as Error).name === 'ApiError';
      if (!isOfServer) throw error;
      if (!this.#isInTrouble && !this.#isClosed) this.#options.onTrouble(error as Error);
      this.#isInTrouble = true;
    }
  }

  /** Whether there may be more. */
  async #read(messages: StoredMessages): Promise<boolean> {
    const read = await messages.read(MAX_ENTRIES);
    this.#waiting.push(...read.flatMap(message => this.#parsed(message)));
    return read.length > 0;
  }

  /** Before the first event an action means nothing, whatever it is: only the place of the newest is needed. */
  async #readPast(messages: StoredMessages): Promise<void> {
    while (await this.#read(messages)) this.#waiting = this.#waiting.slice(-1);
    this.#waiting = this.#waiting.slice(-1);
  }

  #parsed({ position, payload }: StoredMessage): Waiting[] {
    try {
      const place = `${position['created']} ${position['sequence']}`;
      return [{ action: this.#options.parse(payload), position, place }];
    } catch (error) {
      this.#options.onRefused(`message ${position['sequence']} of ${position['stream']}`, (error as Error).message);
      return [];
    }
  }
}

const POLL_MS = 200;
/** At one place of the arrival order. */
const MAX_ENTRIES = 1_000;
