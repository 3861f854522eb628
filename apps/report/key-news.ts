import type { Scalar } from '../../engine/batch.ts';
import { rankOf, type RecordedAlert } from './alert-history.ts';
import { keyText } from './key-text.ts';

/** Why a key of a rule is drawn before others: what is worst about it, and how much there is. */
export type KeyNews = { readonly worst: number; readonly count: number };

/** By the text of the key, of a rule: nothing of a key of which there is none. */
export type NewsOfRule = (rule: string) => ReadonlyMap<string, KeyNews>;

export const NO_NEWS: KeyNews = { worst: -1, count: 0 };

export function newsOfAlerts(alerts: readonly RecordedAlert[]): NewsOfRule {
  return newsByRule(alerts.map(alert => ({ rule: alert.rule, key: alert.key, weight: rankOf(alert.worst) })));
}

/** `weight`: from 0 on. */
export function newsByRule(
  all: readonly {
    readonly rule: string;
    readonly key: Readonly<Record<string, Scalar>>;
    readonly weight: number;
  }[],
): NewsOfRule {
  const byRule = new Map<string, Map<string, KeyNews>>();
  for (const { rule, key, weight } of all) {
    const ofRule = byRule.get(rule) ?? new Map<string, KeyNews>();
    byRule.set(rule, ofRule);
    const text = keyText(key);
    const { worst, count } = ofRule.get(text) ?? NO_NEWS;
    ofRule.set(text, { worst: Math.max(worst, weight), count: count + 1 });
  }
  return rule => byRule.get(rule) ?? new Map();
}
