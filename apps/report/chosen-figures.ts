import { compareTexts } from '../../engine/compare-texts.ts';
import { type DrawnRule, streamsOf } from './drawn-plan.ts';
import { type KeyNews, type NewsOfRule, NO_NEWS } from './key-news.ts';
import { keyText } from './key-text.ts';
import type { RecordedFigure, RecordedRule } from './recorded-run.ts';
import { isLabelOf, type ReportLabel } from './report-labels.ts';
import type { KeyTrace, TracePool } from './trace-pool.ts';

const MOST_KEYS = 12; // of a rule
const FEWEST_KEYS = 3; // of a rule, as far as there are so many: with nothing to see of them
const MOST_FIGURES = 60; // on a page

/**
 * Which keys of which rules are drawn: those with the worst news and the most of them first, then those with labels, then
 * others by their names. Rules with news come before rules without.
 */
export function chosenFigures(
  rules: readonly DrawnRule[],
  run: { readonly pool: TracePool; readonly newsOf: NewsOfRule; readonly labels: readonly ReportLabel[] },
): RecordedRule[] {
  const keysOfStreams = keysByStream(run.pool);
  const labels = distinctLabels(run.labels);
  const candidates = rules.map(rule => ({
    rule,
    keys: rankedKeys(rule, keysOfStreams, { news: run.newsOf(rule.name), labels }),
  }));
  const inTurn = [...candidates].sort((a, b) => worstOf(b.keys) - worstOf(a.keys)); // stable
  const drawnCount = new Map<DrawnRule, number>();
  let room = MOST_FIGURES;
  for (const { rule, keys } of inTurn) {
    const telling = keys.filter(({ worst, isLabelled }) => worst >= 0 || isLabelled).length;
    const count = Math.min(keys.length, Math.max(Math.min(telling, MOST_KEYS), FEWEST_KEYS), room);
    drawnCount.set(rule, count);
    room -= count;
  }
  return candidates.map(({ rule, keys }) => {
    const count = drawnCount.get(rule)!;
    const left = keys.slice(count);
    return {
      name: rule.name,
      figures: keys.slice(0, count).map(key => figureOf(rule, key, run.pool)),
      keysLeftOut: left.length,
      alertingKeysLeftOut: left.filter(({ worst }) => worst >= 0).length,
      isMore: run.pool.isFull,
    };
  });
}

type RankedKey = Pick<KeyTrace, 'key' | 'keyText'> & KeyNews & { readonly isLabelled: boolean };

type KeysByStream = ReadonlyMap<string, readonly KeyTrace[]>;

function keysByStream(pool: TracePool): KeysByStream {
  const keys = new Map<string, KeyTrace[]>();
  for (const trace of pool.traces) {
    const known = keys.get(trace.stream);
    if (known === undefined) keys.set(trace.stream, [trace]);
    else known.push(trace);
  }
  return keys;
}

/** One of those that are of the same keys. */
function distinctLabels(labels: readonly ReportLabel[]): ReportLabel[] {
  return [...new Map(labels.map(label => [JSON.stringify([label.rule, keyText(label.key)]), label])).values()];
}

function rankedKeys(
  rule: DrawnRule,
  keysOfStreams: KeysByStream,
  { news, labels }: { readonly news: ReadonlyMap<string, KeyNews>; readonly labels: readonly ReportLabel[] },
): RankedKey[] {
  const keys = new Map<string, Pick<KeyTrace, 'key' | 'keyText'>>();
  for (const stream of streamsOf(rule)) {
    for (const key of keysOfStreams.get(stream) ?? []) keys.set(key.keyText, key);
  }
  const ranked = [...keys.values()].map(({ key, keyText: text }) => ({
    key,
    keyText: text,
    ...(news.get(text) ?? NO_NEWS),
    isLabelled: labels.some(label => isLabelOf(label, { rule: rule.name, key })),
  }));
  return ranked.sort(
    (a, b) =>
      b.worst - a.worst ||
      b.count - a.count ||
      Number(b.isLabelled) - Number(a.isLabelled) ||
      compareTexts(a.keyText, b.keyText),
  );
}

function worstOf(keys: readonly RankedKey[]): number {
  return keys[0]?.worst ?? -1;
}

function figureOf(rule: DrawnRule, { key, keyText: text }: RankedKey, pool: TracePool): RecordedFigure {
  const panels = rule.panels.flatMap(panel => {
    const found = pool.find(panel.stream, text);
    return found === undefined || found.trace.length === 0 ? [] : [{ ...panel, trace: found.trace }];
  });
  return { key, panels };
}
