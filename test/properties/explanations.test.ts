import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import { type ConditionPart, ConditionParts } from '../../engine/explanation/condition-parts.ts';
import { type ExplainedRule, explainedRule } from '../../engine/explanation/explained-rule.ts';
import { rerun } from '../../engine/explanation/rerun.ts';
import type { Evidence } from '../../engine/explanation/witness.ts';
import { storyOf } from '../../engine/explanation/why.ts';
import { whyNot } from '../../engine/explanation/why-not.ts';
import { runs } from '../oracle/runs.ts';

const RUN = runs(150);
const S = 1_000_000;
const KEY = { device: 'm1' };

type Event = {
  readonly ts: number;
  readonly temp: number | null;
  readonly rms: number | null;
  readonly q: string;
  readonly on: boolean;
};

/** A comparison as the rule writes it, and as it is asked of an event here. */
type Part = { readonly text: string; truthOf(event: Event): boolean | null };

const parts: fc.Arbitrary<Part> = fc
  .record({
    field: fc.constantFrom('temp' as const, 'rms' as const),
    operator: fc.constantFrom('>', '<='),
    limit: fc.integer({ min: 2, max: 7 }),
  })
  .map(({ field, operator, limit }) => ({
    text: `${field} ${operator} ${limit}`,
    truthOf: event => {
      const value = event[field];
      return value === null ? null : operator === '>' ? value > limit : value <= limit;
    },
  }));
const condition = fc
  .record({ left: parts, right: fc.option(parts), operator: fc.constantFrom('and', 'or') })
  .map(({ left, right, operator }) => ({
    text: right === null ? left.text : `${left.text} ${operator} ${right.text}`,
    parts: right === null ? [left] : [left, right],
  }));
const duration = fc.constantFrom('', ' for 2s', ' for 5s');
const rules = fc.record({
  levels: fc.array(
    fc.record({ severity: fc.constantFrom('low', 'medium', 'high'), condition, for: duration, gap: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  clear: fc.option(fc.record({ condition, for: duration })),
  after: fc.constantFrom(null, null, '3s'),
  while: fc.constantFrom(null, null, 'while on', 'while on settle 3s'),
  cooldown: fc.constantFrom(null, null, 'cooldown 6s'),
  quality: fc.constantFrom(null, 'quality good else hold', 'quality good else unknown'),
});
type Rule = typeof rules extends fc.Arbitrary<infer R> ? R : never;

const events: fc.Arbitrary<Event[]> = fc
  .array(
    fc.record({
      after: fc.constantFrom(0, 1, 1, 1, 2, 4, 9),
      temp: fc.oneof({ weight: 9, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.constant(null) }),
      rms: fc.nat(9),
      q: fc.oneof({ weight: 6, arbitrary: fc.constant('good') }, { weight: 1, arbitrary: fc.constant('bad') }),
      on: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      repeats: fc.nat(5), // so that timers come due
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map(groups => {
    let ts = 0;
    return groups.flatMap(({ after, repeats, ...values }) =>
      Array.from({ length: 1 + repeats }, (_, i) => ({ ...values, ts: (ts += i === 0 ? after : 1) })),
    );
  });

test('a story names conditions that hold where an alert rises', async () => {
  await fc.assert(
    fc.asyncProperty(rules, events, async (rule, fed) => {
      const { explained, evidence, parts: asked } = await past(rule, fed);
      const { changes } = evidence;
      const story = storyOf(explained, evidence, { changes, parts: asked });
      const rises = story.filter(
        entry => entry.kind === 'change' && (entry.change === 'raised' || entry.reasons[0]?.member === 'level'),
      );
      expect(story.filter(entry => entry.kind === 'change')).toHaveLength(changes.length);
      expect(rises).toHaveLength(changes.filter(({ provenance }) => provenance !== undefined).length);
      for (const entry of rises) {
        if (entry.kind !== 'change') continue;
        const [reason] = entry.reasons;
        const level = rule.levels[reason!.index]!;
        expect(level.severity).toBe(entry.level);
        expect(reason!.parts.length).toBeGreaterThan(0);
        for (const part of reason!.parts) expect(part.truth, `${part.text} at ${entry.timeUs}`).toBe(true);
        expect(reason!.sinceUs).not.toBeNull();
        const forUs = level.for === '' ? 0 : Number(level.for.slice(5, -1)) * S;
        expect(reason!.sinceUs! + forUs).toBeLessThanOrEqual(entry.timeUs);
        const used =
          wholeReadings(rule, fed).findLast(({ ts }) => ts * S <= entry.timeUs && ts * S >= reason!.sinceUs!) ?? null;
        if (used !== null) requireTrue(reason!.parts, level.condition.parts, fed, entry.timeUs);
      }
    }),
    RUN,
  );
});

test('an answer to `why not` names what does not hold, has not come due or does not count, and only where there is no alert', async () => {
  await fc.assert(
    fc.asyncProperty(
      rules,
      events,
      fc.array(fc.nat(400), { minLength: 3, maxLength: 12 }),
      async (rule, fed, tenths) => {
        const { explained, evidence, parts: asked } = await past(rule, fed);
        for (const tenth of tenths) {
          const timeUs = (tenth * S) / 10;
          const last = fed.findLast(({ ts }) => ts * S <= timeUs);
          const answer = whyNot(explained, evidence, {
            key: KEY,
            timeUs,
            lookBackUs: 30 * S,
            parts: asked,
            actions: [],
          });
          const change = evidence.changes.findLast(each => each.timeUs <= timeUs);
          expect(answer.alert?.level ?? null).toBe(
            change === undefined || change.change === 'cleared' ? null : change.level,
          );
          expect(answer.lastEventUs).toBe(last === undefined ? null : last.ts * S);
          if (answer.alert !== null || last === undefined) continue;
          for (const level of answer.levels) {
            const isHeldUp = answer.while !== null || answer.notBeforeUs !== null;
            const isPending = level.pending !== null && (level.pending.dueUs > timeUs || answer.reachedUs !== null);
            const hasGap = rule.levels[level.index]!.gap && rule.levels[level.index]!.for !== '';
            expect(level.truth !== true || isHeldUp || isPending || hasGap, JSON.stringify({ level, timeUs })).toBe(
              true,
            );
            if (level.truth === false && answer.quality === null) {
              expect(level.failing.length).toBeGreaterThan(0);
              const isWhole = rule.levels[level.index]!.condition.parts.every(part => part.truthOf(last) !== null);
              if (isWhole && (rule.quality === null || last.q === 'good')) expect(level.knownUs).toBeNull();
              for (const part of level.failing) {
                const written = rule.levels[level.index]!.condition.parts.find(({ text }) => text === part.text)!;
                const known = fed.filter(({ ts }) => ts * S <= timeUs).map(event => written.truthOf(event));
                expect(known).toContain(part.truth);
                expect(part.truth).not.toBe(true);
                if (level.knownUs === null && last.q === 'good') expect(part.truth).toBe(written.truthOf(last));
              }
            }
          }
        }
      },
    ),
    RUN,
  );
});

/** Of one instant several events may come: one of them has to fit. */
function requireTrue(
  told: readonly ConditionPart[],
  written: readonly Part[],
  fed: readonly Event[],
  timeUs: number,
): void {
  const upTo = fed.filter(({ ts }) => ts * S <= timeUs && ts * S >= timeUs - 60 * S);
  for (const { text } of told) {
    const part = written.find(each => each.text === text);
    expect(part, text).toBeDefined();
    expect(upTo.some(event => part!.truthOf(event) === true)).toBe(true);
  }
}

/** Readings that count. */
function wholeReadings({ quality }: Rule, fed: readonly Event[]): readonly Event[] {
  return quality === null ? fed : fed.filter(({ q }) => q === 'good');
}

async function past(
  rule: Rule,
  fed: readonly Event[],
): Promise<{ readonly explained: ExplainedRule; readonly evidence: Evidence; readonly parts: ConditionParts }> {
  const { plan, diagnostics } = compile({ file: 'r.mill', text: textOf(rule) });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const explained = explainedRule(plan!, 'r')!;
  const memory = new MemoryConnector();
  await memory.channel('s').push(fed.map(event => ({ ...event, device: 'm1' })));
  memory.channel('s').end();
  const evidence = await rerun(explained, {
    key: KEY,
    connectors: new Map([['memory', memory]]),
    sources: {},
    signal: new AbortController().signal,
  });
  return { explained, evidence, parts: new ConditionParts(explained) };
}

function textOf({ levels, clear, after, while: whileHolds, cooldown, quality }: Rule): string {
  const members = [
    ...levels.map(
      level =>
        `${level.severity} when ${level.condition.text}${level.for}${level.gap && level.for !== '' ? ' gap 3s' : ''}`,
    ),
    ...(clear === null ? [] : [`clear when ${clear.condition.text}${clear.for}`]),
    ...(after === null ? [] : [`clear after ${after}`]),
    ...[whileHolds, cooldown, quality].filter(member => member !== null),
  ];
  const q = quality === null ? 'q: symbol' : 'q: quality default good';
  return `stream s from memory "s" json { key device: symbol  temp: float  rms: float  on: bool  ${q}  time ts as s }
rule r on s { ${members.join('  ')} }`;
}
