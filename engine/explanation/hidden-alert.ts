import type { ActionKind, RuleNode } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import type { AlertChange, AlertWord } from '../operator.ts';
import { alertName, SuppressCondition } from '../runtime/suppress-condition.ts';
import type { Row } from './condition-parts.ts';
import type { PastAction } from './past-actions.ts';

/** What keeps an alert from being told: an operator, or the rule itself because of other alerts. */
export type Hiding = {
  readonly word: HidingWord;
  /** On the arrival clock; null: it is not known. */
  readonly sinceUs: number | null;
  /** Of a shelving for a time. */
  readonly untilUs: number | null;
  readonly by: string | null;
  readonly comment: string | null;
  /** Of the rule's own `suppress`: those that it asks of and that fired. */
  readonly alerts: readonly FiringThen[];
};

export type FiringThen = {
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly raisedUs: number;
};

export type HidingWord = Extract<AlertWord, 'shelved' | 'suppressed' | 'out_of_service'>;

export const HIDING_WORDS: readonly HidingWord[] = ['out_of_service', 'suppressed', 'shelved'];

/** Of each word: the action that begins it, and the one that ends it. */
const ACTIONS_OF: Readonly<Record<HidingWord, readonly [begins: ActionKind, ends: ActionKind]>> = {
  out_of_service: ['out_of_service', 'in_service'],
  suppressed: ['suppress', 'unsuppress'],
  shelved: ['shelve', 'unshelve'],
};

/** What an operator has said that may still hold at a time, by the actions up to then, which are of one key. */
export function standingAction(word: HidingWord, actions: readonly PastAction[], timeUs: number): PastAction | null {
  const [begins, ends] = ACTIONS_OF[word];
  const isOfWord = ({ action }: PastAction) => action.action === begins || action.action === ends;
  const last = actions.findLast(each => each.arrivalUs <= timeUs && isOfWord(each));
  if (last === undefined || last.action.action === ends) return null;
  const { durationUs } = last.action;
  return durationUs !== null && last.arrivalUs + durationUs <= timeUs ? null : last;
}

/** Why each of these words is said of the key at a time. */
export function hidings(
  words: readonly AlertWord[],
  then: {
    readonly rule: RuleNode;
    readonly timeUs: number;
    /** Of the key, in order. */
    readonly actions: readonly PastAction[];
    /** Of the alert that fires; empty: none does. */
    readonly changes: readonly AlertChange[];
    /** Of the rules that `suppress` asks of, with the ids of these. */
    readonly asked: readonly AskedChange[];
    /** The key's last one. */
    readonly row: Row | null;
  },
): readonly Hiding[] {
  return HIDING_WORDS.filter(word => words.includes(word)).flatMap(word => {
    const own = ownSuppression(word, then);
    const standing = standingAction(word, then.actions, then.timeUs);
    const ofOperator = standing === null ? [] : [ofAction(word, standing)];
    if (own !== null) return [...ofOperator, own];
    return standing === null ? [{ ...NOBODY, word, sinceUs: sinceUs(word, then.changes) }] : ofOperator;
  });
}

export type AskedChange = { readonly ruleId: string; readonly change: AlertChange };

const NOBODY = { untilUs: null, by: null, comment: null, alerts: [] };

function ofAction(word: HidingWord, { action, arrivalUs }: PastAction): Hiding {
  const { by, comment, durationUs } = action;
  return {
    word,
    sinceUs: arrivalUs,
    untilUs: durationUs === null ? null : arrivalUs + durationUs,
    by,
    comment,
    alerts: [],
  };
}

/** Null: the rule's own condition does not hide it. */
function ownSuppression(
  word: HidingWord,
  { rule: { suppress }, row, asked, changes, timeUs }: Parameters<typeof hidings>[1],
): Hiding | null {
  if (word !== 'suppressed' || suppress === undefined || row === null) return null;
  const firing = firingAt(asked, timeUs);
  const condition = new SuppressCondition(suppress, undefined);
  const inputs = suppress.columns.map(({ column }) => row(column));
  if (!condition.holds(inputs, name => firing.has(name))) return null;
  const alerts = condition.askedOf(inputs).flatMap(name => firing.get(name) ?? []);
  return { ...NOBODY, word, sinceUs: sinceUs(word, changes), alerts };
}

function firingAt(asked: readonly AskedChange[], timeUs: number): ReadonlyMap<string, FiringThen> {
  const firing = new Map<string, FiringThen>();
  for (const { ruleId, change } of asked) {
    if (change.timeUs > timeUs) continue;
    const name = alertName(ruleId, Object.values(change.key));
    if (change.change === 'cleared') firing.delete(name);
    if (change.change === 'raised') firing.set(name, { rule: change.rule, key: change.key, raisedUs: change.timeUs });
  }
  return firing;
}

/** Since when all changes of the alert have had the word. */
function sinceUs(word: HidingWord, changes: readonly AlertChange[]): number | null {
  const without = changes.findLastIndex(({ state = [] }) => !state.includes(word));
  return changes[without + 1]?.timeUs ?? null;
}
