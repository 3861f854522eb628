import { describeDuration } from '../../dsl/describe-expression.ts';
import type { Expression, Severity } from '../../dsl/plan.ts';
import { alertId } from '../operators/rule/alert-id.ts';
import type { ConditionPart, ConditionParts, Row } from './condition-parts.ts';
import type { ExplainedRule } from './explained-rule.ts';
import { type Hiding, hidings } from './hidden-alert.ts';
import type { PastAction } from './past-actions.ts';
import type { Evidence, Key, Step } from './witness.ts';
import { type WhyNoMatch, whyNoMatch } from './why-no-match.ts';

/** Why a rule had no alert of a key at a time: the state it was in, and how near it came in the stretch before. */
export type WhyNot = {
  /** Of the last event that the rule saw; null: it saw none. */
  readonly lastEventUs: number | null;
  /** Its rows are matches of a pattern: what holds is of their instants. */
  readonly isOfMatches: boolean;
  /** How far its time had come, where something was due by then that did not come because of it: nothing moved it on. */
  readonly reachedUs: number | null;
  /** An alert that fired all the same. */
  readonly alert: { readonly id: string; readonly level: Severity; readonly raisedUs: number } | null;
  /** What kept it from being told, or would keep one that is raised. */
  readonly hidden: readonly Hiding[];
  /** No alert is raised before this; null: that did not matter. */
  readonly notBeforeUs: number | null;
  /** Of a rule that counts only while a condition holds, where it did not or had not settled. */
  readonly while: {
    readonly sinceUs: number | null;
    readonly settledUs: number | null;
    readonly parts: readonly ConditionPart[];
  } | null;
  /** The last reading that was not good, where it is the last one. */
  readonly quality: string | null;
  /** Of the last event before the rule's `where`, where that left it out. */
  readonly leftOut: { readonly timeUs: number; readonly parts: readonly ConditionPart[] } | null;
  readonly levels: readonly LevelAnswer[];
  /** Where its rows are made of those of several streams that have its key: of each, the last event; null: it has none. */
  readonly heard: readonly { readonly stream: string; readonly lastUs: number | null }[];
  /** Of a rule on silence: when the key was last heard of; null: not at all. */
  readonly silence: { readonly stream: string; readonly after: string; readonly lastUs: number | null } | null;
  /** How far matches came of the pattern that it reads; null: it reads none, or there is an alert. */
  readonly matches: WhyNoMatch | null;
};

export type LevelAnswer = {
  readonly severity: Severity;
  readonly index: number;
  readonly truth: boolean | null;
  /** Of one that holds and has not come due: since when, and when it would. */
  readonly pending: { readonly sinceUs: number; readonly dueUs: number } | null;
  /** The event that says so, where it is not the last one: those since then do not tell, and what was known stands. */
  readonly knownUs: number | null;
  /** Of one that does not hold: the parts that do not. */
  readonly failing: readonly ConditionPart[];
  /** Of each of these: the event at which it came nearest; none where that cannot be said. */
  readonly nearest: readonly { readonly timeUs: number; readonly part: ConditionPart }[];
  /** When it held, but not for as long as it has to; the longest. */
  readonly interrupted: {
    readonly fromUs: number;
    readonly toUs: number;
    readonly endedBy: readonly ConditionPart[];
  } | null;
};

/** `lookBackUs`: how far before the time it is looked for what came near. */
export function whyNot(
  explained: ExplainedRule,
  evidence: Evidence,
  question: {
    readonly key: Key;
    readonly timeUs: number;
    readonly lookBackUs: number;
    readonly parts: ConditionParts;
    /** What operators did to the key, in order. */
    readonly actions: readonly PastAction[];
  },
): WhyNot {
  return new Asker(explained, evidence, question).answer();
}

class Asker {
  readonly #explained: ExplainedRule;
  readonly #evidence: Evidence;
  readonly #question: Parameters<typeof whyNot>[2];
  readonly #steps: readonly Step[]; // up to the time

  constructor(explained: ExplainedRule, evidence: Evidence, question: Parameters<typeof whyNot>[2]) {
    this.#explained = explained;
    this.#evidence = evidence;
    this.#question = question;
    this.#steps = evidence.steps.filter(step => step.atUs <= question.timeUs);
  }

  answer(): WhyNot {
    const now = this.#steps.at(-1);
    const last = this.#steps.findLast(step => step.row !== null);
    const alert = this.#alert();
    return {
      lastEventUs: last?.atUs ?? null,
      isOfMatches: this.#explained.rule.isMomentary === true,
      reachedUs: now !== undefined && this.#isWaiting(now) ? now.atUs : null,
      alert,
      hidden: this.#hidden(now, last),
      notBeforeUs: now !== undefined && now.notBeforeUs > this.#question.timeUs ? now.notBeforeUs : null,
      while: now === undefined ? null : this.#while(now, last),
      quality: last === undefined ? null : this.#quality(last.row!),
      leftOut: this.#leftOut(last),
      levels: now === undefined || last === undefined ? [] : this.#levels(now, last),
      heard: this.#heard(),
      silence: this.#silence(),
      matches: alert === null ? this.#matches() : null,
    };
  }

  /** Of a match, those whose condition it did not fulfil. */
  #levels(now: Step, last: Step): LevelAnswer[] {
    if (this.#explained.rule.isMomentary !== true)
      return this.#explained.levels.map((_, i) => this.#level(i, now, last));
    if (last.atUs <= this.#question.timeUs - this.#question.lookBackUs) return [];
    return this.#explained.levels.flatMap((condition, index): LevelAnswer[] => {
      const failing = this.#question.parts.failing(condition, last.row!);
      if (failing.length === 0) return [];
      const { severity } = this.#explained.rule.levels[index]!;
      const truth = this.#question.parts.truthOf(condition, last.row!);
      return [{ severity, index, truth, pending: null, knownUs: null, failing, nearest: [], interrupted: null }];
    });
  }

  #heard(): WhyNot['heard'] {
    const { heard } = this.#explained;
    if (heard.length < 2) return [];
    return heard.map(({ input }) => ({ stream: input, lastUs: this.#evidence.heardUs.get(input) ?? null }));
  }

  /** What was refused counts: somebody speaks. */
  #silence(): WhyNot['silence'] {
    const { silence } = this.#explained;
    if (silence === null) return null;
    const { heardUs, rejected } = this.#evidence;
    const refused = rejected.flatMap(({ arrivalUs }) => (arrivalUs <= this.#question.timeUs ? [arrivalUs] : []));
    const lastUs = Math.max(heardUs.get(silence.input) ?? -Infinity, ...refused);
    const after = describeDuration(silence.forUs);
    return { stream: silence.input, after, lastUs: lastUs === -Infinity ? null : lastUs };
  }

  #matches(): WhyNoMatch | null {
    const { pattern } = this.#explained;
    const evidence = this.#evidence.pattern;
    return pattern === null || evidence === null ? null : whyNoMatch(pattern, evidence, this.#question);
  }

  /** What is due by the time of the question has not come. */
  #isWaiting(now: Step): boolean {
    const { timeUs } = this.#question;
    const settledUs = this.#settledUs(now);
    return now.levels.some(({ truth, sinceUs }, i) => {
      if (now.alert !== null || truth !== true) return false;
      const { forUs, gapUs } = this.#explained.rule.levels[i]!;
      if (sinceUs === null) return gapUs === null && settledUs !== null && settledUs > now.atUs && settledUs <= timeUs;
      return Math.max(sinceUs + forUs, now.notBeforeUs) <= timeUs;
    });
  }

  #settledUs({ whileSinceUs }: Step): number | null {
    return whileSinceUs === null ? null : whileSinceUs + (this.#explained.rule.while?.settleUs ?? 0);
  }

  /** By its changes: what is due is done before the event that comes then. */
  #alert(): WhyNot['alert'] {
    const { key, timeUs } = this.#question;
    const own = this.#evidence.changes.filter(change => change.timeUs <= timeUs);
    const last = own.at(-1);
    if (last === undefined || last.change === 'cleared') return null;
    const raisedUs = own.findLast(change => change.change === 'raised')!.timeUs;
    return { id: alertId({ rule: this.#explained.rule.name, key, raisedUs }), level: last.level, raisedUs };
  }

  #hidden(now: Step | undefined, last: Step | undefined): readonly Hiding[] {
    const { timeUs, actions } = this.#question;
    const { changes, asked } = this.#evidence;
    const upTo = changes.filter(change => change.timeUs <= timeUs);
    const raised = upTo.findLastIndex(({ change }) => change === 'raised');
    const own = upTo.at(-1)?.change === 'cleared' ? [] : upTo.slice(raised);
    const words = own.at(-1)?.state ?? (own.length > 0 ? [] : (now?.words ?? []));
    const { rule } = this.#explained;
    return hidings(words, { rule, timeUs, actions, changes: own, asked, row: last?.row ?? null });
  }

  #while(now: Step, last: Step | undefined): WhyNot['while'] {
    const { rule, while: condition } = this.#explained;
    if (condition === null || rule.while === null || last === undefined) return null;
    if (rule.quality.otherwise === 'unknown' && this.#quality(last.row!) !== null) return null; // the reading is what there is to say
    const settledUs = this.#settledUs(now);
    if (settledUs !== null && settledUs <= (this.#isWaiting(now) ? now.atUs : this.#question.timeUs)) return null;
    return {
      sinceUs: now.whileSinceUs,
      settledUs,
      parts: this.#question.parts.decisive(condition, this.#known(condition, last).row!),
    };
  }

  /** As the condition was last known, where that stands. */
  #known(condition: Expression, last: Step): Step {
    if (this.#explained.rule.quality.otherwise === 'unknown') return last;
    const isKnown = ({ row }: Step) =>
      row !== null && this.#quality(row) === null && this.#question.parts.truthOf(condition, row) !== null;
    return this.#steps.findLast(isKnown) ?? last;
  }

  #quality(row: Row): string | null {
    const { column } = this.#explained.rule.quality;
    if (column === null) return null;
    const quality = row(column);
    return quality === 'good' ? null : String(quality);
  }

  #leftOut(last: Step | undefined): WhyNot['leftOut'] {
    const { where } = this.#explained;
    if (where === null) return null;
    const { timeUs, parts } = this.#question;
    const before = this.#evidence.beforeWhere.findLast(({ atUs }) => atUs <= timeUs);
    if (before === undefined || before.atUs <= (last?.atUs ?? -Infinity)) return null;
    return { timeUs: before.atUs, parts: parts.decisive(where, before.row) };
  }

  #level(index: number, now: Step, last: Step): LevelAnswer {
    const { truth, sinceUs } = now.levels[index]!;
    const { severity, forUs } = this.#explained.rule.levels[index]!;
    const condition = this.#explained.levels[index]!;
    const known = this.#known(condition, last);
    const failing = truth === true ? [] : this.#question.parts.failing(condition, known.row!);
    return {
      severity,
      index,
      truth,
      pending: sinceUs === null ? null : { sinceUs, dueUs: Math.max(sinceUs + forUs, now.notBeforeUs) },
      knownUs: truth === true || known === last ? null : known.atUs,
      failing,
      nearest: failing.flatMap(part => this.#nearest(index, part)).filter(({ timeUs }) => timeUs < last.atUs),
      interrupted: this.#interrupted(index),
    };
  }

  /** Where this part alone came nearest to holding, or held. */
  #nearest(index: number, { text, distance }: ConditionPart): LevelAnswer['nearest'] {
    if (distance === null) return [];
    let nearest: LevelAnswer['nearest'][number] | undefined;
    for (const { atUs, row } of this.#inReach()) {
      if (row === null) continue;
      const part = this.#question.parts.all(this.#explained.levels[index]!, row).find(each => each.text === text);
      if (part === undefined || part.distance === null || part.truth === null) continue;
      const isNearer = nearest === undefined || rankOf(part) < rankOf(nearest.part);
      if (isNearer) nearest = { timeUs: atUs, part };
    }
    return nearest === undefined ? [] : [nearest];
  }

  #interrupted(index: number): LevelAnswer['interrupted'] {
    let longest: LevelAnswer['interrupted'] = null;
    let sinceUs: number | null = null;
    for (const step of this.#inReach()) {
      const now = step.levels[index]!.sinceUs;
      const hasEnded = sinceUs !== null && now !== sinceUs;
      const isLonger = hasEnded && step.atUs - sinceUs! > (longest === null ? 0 : longest.toUs - longest.fromUs);
      if (isLonger && !this.#wasRaised(sinceUs!, step.atUs)) {
        const endedBy = step.row === null ? [] : this.#question.parts.failing(this.#explained.levels[index]!, step.row);
        longest = { fromUs: sinceUs!, toUs: step.atUs, endedBy };
      }
      sinceUs = now;
    }
    return longest;
  }

  #wasRaised(fromUs: number, toUs: number): boolean {
    return this.#evidence.changes.some(({ provenance, timeUs }) => provenance?.sinceUs === fromUs && timeUs <= toUs);
  }

  #inReach(): readonly Step[] {
    const fromUs = this.#question.timeUs - this.#question.lookBackUs;
    return this.#steps.filter(step => step.atUs > fromUs);
  }
}

/** What held is nearer than all that did not. */
function rankOf({ truth, distance }: ConditionPart): number {
  return truth === true ? -1 : distance!.size;
}
