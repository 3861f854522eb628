import { resolve } from 'node:path';
import { ACTION_KINDS } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { ExplainedRule } from '../../../engine/explanation/explained-rule.ts';
import { HIDING_WORDS, standingAction } from '../../../engine/explanation/hidden-alert.ts';
import type { PastAction } from '../../../engine/explanation/past-actions.ts';
import { CHANGE_OF } from '../../../engine/operators/rule/operator-action.ts';
import type { Settings } from '../../settings/settings.ts';
import { loggedActions } from '../actions/action-log.ts';
import { parseAction } from '../actions/parse-action.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { type AlertPlaces, keptAlertsOf } from './alert-places.ts';
import { isoUs } from './times.ts';

type Asked = { readonly rule: string; readonly key: Readonly<Record<string, Scalar>> };

/**
 * What operators did, as far as it is kept: with its very place in the state folder of the run, else in the JetStream stream of actions,
 * where it has the time at which it was stored. Where neither knows of any, what they did to alerts that fired is in the log of these.
 */
export class KeptActions {
  /** To alerts of the rule, and of those that have a part in it; oldest first. */
  readonly all: readonly PastAction[];
  /** To the key of the rule. */
  readonly ofKey: readonly PastAction[];

  private constructor(found: readonly PastAction[], { rule, plan }: ExplainedRule, asked: Asked) {
    const rules = new Set(plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : [])));
    this.all = found.filter(({ action }) => rules.has(action.rule)).sort((a, b) => a.arrivalUs - b.arrivalUs);
    this.ofKey = this.all.filter(({ action }) => action.rule === rule.name && isSameKey(action.key, asked.key));
  }

  static async read(
    explained: ExplainedRule,
    { key, ...places }: AlertPlaces & { readonly key: Asked['key'] },
  ): Promise<KeptActions> {
    const { state, settings } = places;
    const { nats } = settings;
    const stateDirectory = state === undefined ? settings.stateDirectory : resolve(state);
    const asked = { rule: explained.rule.name, key };
    const logged = stateDirectory === null ? [] : loggedActions(stateDirectory);
    const known = new Set(logged.flatMap(({ message }) => message ?? []));
    const published = nats.actions === undefined ? [] : await publishedOrTold(nats.actions, { nats, asked, known });
    const actions = new KeptActions([...logged, ...published], explained, asked);
    if (actions.ofKey.length > 0) return actions;
    return new KeptActions([...actions.all, ...(await actionsInAlerts(asked, places))], explained, asked);
  }

  /** From when on what they did may hold at this time; Infinity: nothing does. */
  standingFromUs(timeUs: number): number {
    const standing = HIDING_WORDS.flatMap(word => standingAction(word, this.ofKey, timeUs) ?? []);
    return Math.min(...standing.map(({ arrivalUs }) => arrivalUs));
  }
}

/** What changes of alerts say of them; how long one was shelved is seen where it came back by itself. */
async function actionsInAlerts({ rule, key }: Asked, places: AlertPlaces): Promise<readonly PastAction[]> {
  const values = Object.values(key);
  const alerts = (await keptAlertsOf(rule, places)).filter(alert => isSameKey(values, alert.key));
  return alerts.flatMap(({ id, changes }) =>
    changes.flatMap((change, i): PastAction[] => {
      const action = ACTION_KINDS.find(kind => CHANGE_OF[kind] === change.change);
      if (action === undefined || change.by === undefined) return [];
      const back = action === 'shelve' ? changes.slice(i).find(later => later.change === 'unshelved') : undefined;
      const durationUs = back === undefined || back.by !== undefined ? null : back.timeUs - change.timeUs;
      const { by, comment = null, timeUs: arrivalUs } = change;
      const ofAlert = action === 'acknowledge' || action === 'comment' ? id : null;
      return [{ arrivalUs, ahead: {}, action: { action, rule, key: values, alert: ofAlert, by, comment, durationUs } }];
    }),
  );
}

type Published = {
  readonly nats: Settings['nats'];
  readonly asked: Asked;
  /** Messages of which a run has said what they did. */
  readonly known: ReadonlySet<string>;
};

/** A server that is away leaves the other things to say. */
async function publishedOrTold(subject: string, published: Published): Promise<readonly PastAction[]> {
  try {
    return await publishedActions(subject, published);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const message = `what operators did is not known from NATS: ${error.message}`;
    writeCodedMessage({ severity: 'warning', code: error.code, message });
    return [];
  }
}

async function publishedActions(subject: string, { nats, asked, known }: Published): Promise<readonly PastAction[]> {
  const { publishedMessages } = await import('./published-messages.ts'); // the client of NATS takes a while to load
  const found: PastAction[] = [];
  for await (const { position, storedAt, payload } of publishedMessages(subject, nats)) {
    const action = known.has(`${position['created']} ${position['sequence']}`) ? null : actionIn(payload, asked);
    if (action !== null) found.push({ action, arrivalUs: isoUs(storedAt), ahead: {} });
  }
  return found;
}

/** Of an action that names an alert alone, the rule itself knows whether that is its own. */
function actionIn(payload: Buffer, asked: Asked): PastAction['action'] | null {
  try {
    const { alert } = JSON.parse(payload.toString('utf8')) as { readonly alert?: unknown }; // looked at below
    return parseAction(payload, typeof alert === 'string' ? [{ ...asked, id: alert }] : []);
  } catch {
    return null; // a run has told what is wrong with it
  }
}

/** As texts, which commands write. */
function isSameKey(key: readonly Scalar[], asked: Asked['key']): boolean {
  const values = Object.values(asked);
  return key.length === values.length && values.every((value, i) => String(value) === String(key[i]));
}
