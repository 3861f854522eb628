import type { Disk } from '../../../engine/disk.ts';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import type { RecordedInput } from '../../../engine/recorded-input.ts';
import type { JobWarning } from '../../../engine/runtime/job.ts';
import { ActionInbox, inboxOf } from './action-inbox.ts';
import { ActionSubject } from './action-subject.ts';
import { ActionLog } from './action-log.ts';
import { AlertBook } from './alert-book.ts';
import { JoinedInput } from './joined-input.ts';
import { LoggedInput } from './logged-input.ts';
import { parseAction } from './parse-action.ts';

/** What operators see of a run, and what they tell it. */
export class Operators {
  readonly actions: RecordedInput;
  readonly #book: AlertBook;
  readonly #warn: (warning: JobWarning) => void;
  #isInTrouble = false;
  #refusedMessages = 0;

  constructor(options: {
    readonly disk: Disk;
    readonly stateDirectory: string;
    readonly nats: NatsSettings;
    readonly onWarning: (warning: JobWarning) => void;
  }) {
    const { disk, stateDirectory, nats } = options;
    this.#warn = options.onWarning;
    this.#book = new AlertBook(stateDirectory);
    const inbox = new ActionInbox({
      disk,
      folder: inboxOf(stateDirectory),
      parse: bytes => parseAction(bytes, this.#book.alerts),
      onRefused: (path, reason) => this.#warn({ code: 'MR7083', message: `${path} is left alone: ${reason}` }),
    });
    const actions = nats.actions === undefined ? inbox : new JoinedInput([this.#subject(nats, nats.actions), inbox]);
    const log = new ActionLog(stateDirectory);
    this.actions = new LoggedInput(actions, entry => this.#orTold('what operators do', () => log.add(entry)));
  }

  alert(change: AlertChange): void {
    this.#book.add(change);
  }

  save(): void {
    this.#save(false);
  }

  close(): void {
    this.#save(true);
  }

  #subject(nats: NatsSettings, subject: string): ActionSubject {
    return new ActionSubject({
      settings: { ...nats, onWarning: this.#warn },
      subject,
      parse: payload => parseAction(payload, this.#book.alerts),
      onRefused: (message, reason) => this.#refused(message, reason),
      onTrouble: error => {
        const code = error instanceof MillraceError ? error.code : 'MR5101';
        this.#warn({ code, message: `actions are not read now: ${error.message}`, hint: 'it is tried again' });
      },
    });
  }

  /** Somebody who sends many is told of at 1, 10, 100 … */
  #refused(message: string, reason: string): void {
    this.#refusedMessages++;
    if (!/^10*$/.test(String(this.#refusedMessages))) return;
    const count = this.#refusedMessages === 1 ? '' : ` (the ${this.#refusedMessages}th)`;
    this.#warn({ code: 'MR7085', message: `${message} is passed over: ${reason}${count}` });
  }

  #save(isLast: boolean): void {
    this.#orTold('the list of alerts', () => this.#book.save({ nowMs: performance.now(), isLast }));
  }

  /** What cannot be written and is no state stops no run. */
  #orTold(what: string, write: () => void): void {
    try {
      write();
      this.#isInTrouble = false;
    } catch (error) {
      if (!this.#isInTrouble) {
        this.#warn({ code: 'MR6002', message: `${what} cannot be written: ${(error as Error).message}` });
      }
      this.#isInTrouble = true;
    }
  }
}
