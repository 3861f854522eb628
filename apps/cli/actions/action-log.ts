import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS, actionOf, type OperatorAction } from '../../../engine/operators/rule/operator-action.ts';
import type { InputEntry } from '../../../engine/recorded-input.ts';

/** An action, and its place in the order of arrival; `message`: of JetStream, where it came by it. */
export type PlacedAction = Pick<InputEntry, 'arrivalUs' | 'ahead'> & {
  readonly action: OperatorAction;
  readonly message: string | null;
};

type Line = Pick<InputEntry, 'sequence' | 'arrivalUs' | 'ahead' | 'content'>;

/**
 * What operators did, with its place, in files of the state folder, for who asks later why something was not told. It follows from
 * the recorded input, and is no state. Two files of MAX_BYTES are kept.
 */
export class ActionLog {
  readonly #stateDirectory: string;
  #known: Set<string> | undefined; // lines of the newer file; bound: MAX_BYTES

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
  }

  /** Once, though a run that goes on hears it again. What was said before the first event means nothing. */
  add({ sequence, input, arrivalUs, ahead, content }: InputEntry): void {
    if (input !== ACTIONS || arrivalUs === -Infinity) return;
    const [newer, older] = filesOf(this.#stateDirectory);
    this.#known ??= openedFile(newer);
    const line = JSON.stringify({ sequence, arrivalUs, ahead, content } satisfies Line);
    if (this.#known.has(line)) return;
    if (existsSync(newer) && statSync(newer).size > MAX_BYTES) {
      renameSync(newer, older);
      this.#known.clear();
    }
    appendFileSync(newer, `${line}\n`);
    this.#known.add(line);
  }
}

/** Oldest first; none where no run had the folder. */
export function loggedActions(stateDirectory: string): readonly PlacedAction[] {
  const [newer, older] = filesOf(stateDirectory);
  return [...linesIn(older), ...linesIn(newer)].flatMap(line => {
    const logged = parsed(line);
    if (logged === null) return []; // the last one of a run that was killed
    const { arrivalUs, ahead, content } = logged;
    const message = typeof content['message'] === 'string' ? content['message'] : null;
    return [{ arrivalUs, ahead, action: actionOf(content), message }];
  });
}

function filesOf(stateDirectory: string): readonly [newer: string, older: string] {
  return [join(stateDirectory, 'actions.ndjson'), join(stateDirectory, 'actions.old.ndjson')];
}

/** Its lines; what is written next begins one of its own, also where a run was killed within a line. */
function openedFile(path: string): Set<string> {
  const text = textIn(path);
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
  return new Set(text.split('\n'));
}

function textIn(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function linesIn(path: string): readonly string[] {
  return textIn(path)
    .split('\n')
    .filter(line => line !== '');
}

function parsed(line: string): Line | null {
  try {
    return JSON.parse(line) as Line; // as: what `add` wrote
  } catch {
    return null;
  }
}

const MAX_BYTES = 16_000_000;
