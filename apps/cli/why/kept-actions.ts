import type { Scalar } from '../../../engine/batch.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { ExplainedRule } from '../../../engine/explanation/explained-rule.ts';
import { HIDING_WORDS, standingAction } from '../../../engine/explanation/hidden-alert.ts';
import type { PastAction } from '../../../engine/explanation/past-actions.ts';
import type { Settings } from '../../settings/settings.ts';
import { loggedActions } from '../actions/action-log.ts';
import { parseAction } from '../actions/parse-action.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { isoUs } from './times.ts';

type Asked = { readonly rule: string; readonly key: Readonly<Record<string, Scalar>> };

/**
 * What operators did, as far as it is kept: with its very place in the state folder of the run, else in the JetStream stream of actions,
 * where it has the time at which it was stored.
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
    from: { readonly key: Asked['key']; readonly stateDirectory: string | null; readonly nats: Settings['nats'] },
  ): Promise<KeptActions> {
    const { key, stateDirectory, nats } = from;
    const asked = { rule: explained.rule.name, key };
    const logged = stateDirectory === null ? [] : loggedActions(stateDirectory);
    const known = new Set(logged.flatMap(({ message }) => message ?? []));
    const published = nats.actions === undefined ? [] : await publishedOrTold(nats.actions, { nats, asked, known });
    return new KeptActions([...logged, ...published], explained, asked);
  }

  /** From when on what they did may hold at this time; Infinity: nothing does. */
  standingFromUs(timeUs: number): number {
    const standing = HIDING_WORDS.flatMap(word => standingAction(word, this.ofKey, timeUs) ?? []);
    return Math.min(...standing.map(({ arrivalUs }) => arrivalUs));
  }
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
  const [{ SharedConnection }, { StoredMessages }] = await Promise.all([
    import('../../../connectors/nats/connection.ts'), // the client of NATS takes a while to load
    import('../../../connectors/nats/stored-messages.ts'),
  ]);
  const messages = await StoredMessages.open(nats, new SharedConnection(nats), { subject, position: null });
  const found: PastAction[] = [];
  try {
    for (;;) {
      const page = await messages.read(PAGE);
      if (page.length === 0) return found;
      for (const { position, storedAt, payload } of page) {
        const action = known.has(`${position['created']} ${position['sequence']}`) ? null : actionIn(payload, asked);
        if (action !== null) found.push({ action, arrivalUs: isoUs(storedAt), ahead: {} });
      }
    }
  } finally {
    await messages.close();
  }
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

const PAGE = 1_000;
