import type { Disk } from '../../../engine/disk.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { ActionInbox, inboxOf } from './action-inbox.ts';
import { AlertBook } from './alert-book.ts';

/** What operators see of a run, and what they tell it. */
export class Operators {
  readonly inbox: ActionInbox;
  readonly #book: AlertBook;
  #isInTrouble = false;

  constructor({ disk, stateDirectory }: { readonly disk: Disk; readonly stateDirectory: string }) {
    const onRefused = (path: string, reason: string) =>
      writeCodedMessage({ severity: 'warning', code: 'MR7083', message: `${path} is left alone: ${reason}` });
    this.inbox = new ActionInbox({ disk, folder: inboxOf(stateDirectory), onRefused });
    this.#book = new AlertBook(stateDirectory);
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

  /** A list that cannot be written stops no run. */
  #save(isLast: boolean): void {
    try {
      this.#book.save({ nowMs: performance.now(), isLast });
      this.#isInTrouble = false;
    } catch (error) {
      if (!this.#isInTrouble) {
        const message = `the list of alerts cannot be written: ${(error as Error).message}`;
        writeCodedMessage({ severity: 'warning', code: 'MR6002', message });
      }
      this.#isInTrouble = true;
    }
  }
}
