import { setTimeout as delay } from 'node:timers/promises';
import { PLAN_VERSION, type Plan } from '../../../dsl/plan.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { StateLine } from '../../../engine/plan-change/state-lines.ts';
import { type JobMetrics, NO_METRICS } from '../../../engine/runtime/metrics/job-metrics.ts';
import type { Log } from '../log/log-line.ts';
import type { RuleRun } from '../run/rule-run.ts';
import type { CompiledRules } from './compile-rule-set.ts';
import { type RuleChange, ruleChange } from './rule-change.ts';
import { isSameRuleSet, type RuleSet } from './rule-set.ts';
import type { Origin, Version, VersionStore } from './version-store.ts';

export type LiveRulesOptions = {
  readonly versions: VersionStore;
  readonly compile: (set: RuleSet, options: { readonly isFromDisk: boolean }) => Promise<CompiledRules>;
  readonly start: (plan: Plan) => RuleRun;
  /** Between two plans: alerts of other rules are forgotten. */
  readonly keepAlertsOf: (rules: ReadonlySet<string>) => void;
  readonly nowUs: () => number;
  readonly log: Log;
};

/** Rules that are to run. */
export type Proposal = {
  readonly set: RuleSet;
  readonly origin: Origin;
  /** Digest of the folder of rules, as it was last read. */
  readonly folder: string;
};

export type Outcome =
  /** They ran already. */
  | { readonly kind: 'unchanged'; readonly version: Version }
  | {
      readonly kind: 'switched';
      readonly version: Version;
      readonly change: RuleChange;
      readonly forgottenAlerts: number;
      readonly pauseMs: number;
    }
  /** They are wrong: those that ran before run on. */
  | { readonly kind: 'wrong'; readonly compiled: CompiledRules }
  /** They cannot be opened, or not now: those that ran before run on. */
  | { readonly kind: 'refused'; readonly error: MillraceError };

/** What runs. */
export type Live = {
  readonly version: Version;
  readonly set: RuleSet;
  readonly plan: Plan;
  readonly run: RuleRun;
};

/**
 * The rules that run, and how others take their place: one change at a time. Rules are switched at a barrier: the last
 * checkpoint of the old ones is the first state of the new ones, so that each event is seen by one of them. What cannot be compiled or
 * opened leaves the old ones running, and so does what comes while their last checkpoint cannot be made.
 */
export class LiveRules {
  readonly #options: LiveRulesOptions;
  #live: Live | null = null;
  #confirmed: Omit<Live, 'run'> | null = null; // the last that was opened: the stored state is of its plan
  #turn: Promise<unknown> = Promise.resolve(); // the last change that waits for those before it
  #waiting = 0;
  #isClosed = false;
  readonly #ended = Promise.withResolvers<never>();

  constructor(options: LiveRulesOptions) {
    this.#options = options;
    this.#ended.promise.catch(() => {}); // whoever waits hears of it
  }

  /** Null: none run yet. */
  get live(): Live | null {
    return this.#live;
  }

  /** Rejects when the rules that run have failed for good. */
  get ended(): Promise<never> {
    return this.#ended.promise;
  }

  /** Runs the version that was active, and switches to `next` where there is one. Null: there is neither. */
  async begin(next: Proposal | null): Promise<Outcome | null> {
    return await this.#inTurn(async () => {
      await this.#resume();
      return next === null ? null : await this.#changeOrRefuse(next);
    });
  }

  /** Switches to other rules. */
  async propose(proposal: Proposal): Promise<Outcome> {
    return await this.#inTurn(() => this.#changeOrRefuse(proposal));
  }

  /** Those of an older version; null: of the one before. Errors: MR7067 there is none. */
  async rollBack(
    to: number | null,
    { by, folder }: { readonly by: string; readonly folder: string },
  ): Promise<Outcome> {
    return await this.#inTurn(async () => {
      const { versions } = this.#options;
      const current = this.#live?.version.version ?? 0;
      const all = await versions.all();
      const version = all.find(each => (to === null ? each.version < current : each.version === to));
      if (version === undefined) throw noVersion(to, all);
      const set = await versions.rulesOf(version);
      return await this.#changeOrRefuse({ set, origin: { kind: 'rollback', by, to: version.version }, folder });
    });
  }

  /** With a last checkpoint. Errors: why it could not be made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#live?.run.stop().catch(() => {}); // told below
    await this.#turn;
    await this.#live?.run.stop();
  }

  /** What was active is run again; where it has never been opened, what ran before it stands by. */
  async #resume(): Promise<void> {
    const { versions } = this.#options;
    const active = await versions.active();
    const version = active === null ? null : await versions.find(active.version);
    if (active === null || version === null) return;
    const previous = active.previous === null ? null : await versions.find(active.previous);
    if (previous !== null) this.#confirmed = await this.#compiled(previous);
    const rules = await this.#compiled(version);
    this.#confirmed ??= rules;
    this.#start(rules);
    if (previous !== null) await this.#confirmOrGoBack(active.folder);
  }

  /** Where a version cannot be kept, there is no change. */
  async #changeOrRefuse(proposal: Proposal): Promise<Outcome> {
    try {
      return await this.#change(proposal);
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'MR6002') return { kind: 'refused', error };
      throw error;
    }
  }

  async #change({ set, origin, folder }: Proposal): Promise<Outcome> {
    const { versions } = this.#options;
    const before = this.#live;
    const compiled = await this.#options.compile(set, { isFromDisk: origin.kind === 'folder' });
    if (compiled.plan === null) return { kind: 'wrong', compiled };
    if (before !== null && isSameRuleSet(before.set, compiled.set)) {
      await this.#keepActive(before.version, folder);
      return { kind: 'unchanged', version: before.version };
    }
    if (before !== null) await opening(before.run);
    const refusal = before === null ? null : reasonToWait(before.run);
    if (refusal !== null) return { kind: 'refused', error: refusal };

    const change = ruleChange(this.#confirmed?.plan ?? EMPTY, compiled.plan);
    const metrics = (await before?.run.job?.metrics()) ?? NO_METRICS;
    const version = this.#versionOf(origin, change, metrics);
    await versions.add(version, compiled.set);
    const next = { version, set: compiled.set, plan: compiled.plan };
    if (before !== null && JSON.stringify(before.plan) === JSON.stringify(next.plan)) {
      this.#live = { ...next, run: before.run };
      if (this.#confirmed?.version === before.version) this.#confirmed = this.#live;
      await this.#keepActive(version, folder);
      return { kind: 'switched', version, change, forgottenAlerts: 0, pauseMs: 0 };
    }
    return await this.#switch(next, { change, folder, forgottenAlerts: openAlerts(metrics, change.keptRules) });
  }

  async #switch(
    next: Omit<Live, 'run'>,
    {
      change,
      folder,
      forgottenAlerts,
    }: { readonly change: RuleChange; readonly folder: string; readonly forgottenAlerts: number },
  ): Promise<Outcome> {
    const { versions, log } = this.#options;
    const { version } = next;
    const before = this.#live;
    const startMs = performance.now();
    try {
      await before?.run.stop();
    } catch (error) {
      // Rules that could never be opened have published nothing.
      if (before!.run.hasOpened) {
        await this.#forget(version);
        if (!this.#isClosed) this.#start(before!);
        return { kind: 'refused', error: noCheckpoint(error) };
      }
    }
    if (this.#isClosed) {
      await this.#forget(version);
      return { kind: 'refused', error: new MillraceError('MR7064', 'the service is being stopped') };
    }
    // From here on a crash comes up with the new rules, since what is published now is theirs.
    try {
      await versions.activate({ version: version.version, previous: this.#confirmed?.version.version ?? null, folder });
    } catch (error) {
      if (before !== null) this.#start(before);
      await this.#forget(version);
      throw error;
    }
    this.#options.keepAlertsOf(change.keptRules);
    this.#start(next);
    const error = await this.#confirmOrGoBack(folder);
    if (error !== null) return { kind: 'refused', error };
    const pauseMs = performance.now() - startMs;
    const { kept, filled, empty, gone } = change;
    const counts = `${kept} kept, ${filled > 0 ? `${filled} filled, ` : ''}${empty} empty, ${gone} gone`;
    const text = `version ${version.version} of the rules runs: ${counts}`;
    const changes = change.lines.filter(line => line.state !== 'kept').slice(0, MAX_LOGGED_LINES);
    log({
      level: 'info',
      message: text,
      version: version.version,
      pause_ms: Math.round(pauseMs),
      changes: changes.map(shown),
    });
    return { kind: 'switched', version, change, forgottenAlerts, pauseMs };
  }

  /** Waits for the rules that were started; what is not there yet is waited for beside other work. */
  async #confirmOrGoBack(folder: string): Promise<MillraceError | null> {
    const started = this.#live!;
    const opened = await Promise.race([failureOf(started.run), delay(LONGEST_OPENING_MS, undefined, { ref: false })]);
    if (opened === undefined) {
      void started.run.opened.then(
        () => this.#inTurn(() => this.#confirm(started, folder)),
        () => {},
      );
      return null;
    }
    if (opened.error === null) {
      if (started.run.hasOpened) await this.#confirm(started, folder); // else it was stopped before
      return null;
    }
    const { log } = this.#options;
    const before = this.#confirmed;
    const error = asCoded(opened.error);
    if (before === null) return error;
    log({
      level: 'error',
      code: error.code,
      message: `version ${started.version.version} cannot be opened: ${error.message}`,
    });
    this.#start(before);
    await this.#keepActive(before.version, folder);
    await this.#forget(started.version);
    return error;
  }

  async #confirm(started: Live, folder: string): Promise<void> {
    if (this.#live !== started) return;
    this.#confirmed = started;
    await this.#keepActive(started.version, folder);
  }

  /** What runs is written down, after the fact: where that fails, a crash comes up with what was written before, which is sound, too. */
  async #keepActive({ version }: Version, folder: string): Promise<void> {
    const confirmed = this.#confirmed?.version.version ?? null;
    await this.#logged(() =>
      this.#options.versions.activate({ version, previous: confirmed === version ? null : confirmed, folder }),
    );
  }

  async #forget({ version }: Version): Promise<void> {
    await this.#logged(() => this.#options.versions.remove(version));
  }

  async #logged(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const { code, message } = asCoded(error);
      this.#options.log({ level: 'error', code, message });
    }
  }

  #start(rules: Omit<Live, 'run'>): void {
    const { version, set, plan } = rules;
    this.#live = { version, set, plan, run: this.#options.start(plan) };
  }

  async #compiled(version: Version): Promise<Omit<Live, 'run'>> {
    const set = await this.#options.versions.rulesOf(version);
    const { plan, text } = await this.#options.compile(set, { isFromDisk: false });
    if (plan !== null) return { version, set, plan };
    throw new MillraceError('MR7066', `version ${version.version} of the rules does not compile any more:\n${text}`);
  }

  /** Event time goes on from where it is; of a stream that nothing is known of yet, from now. */
  #versionOf(
    from: Origin,
    { kept, filled, empty, gone, warmUps, keptRules }: RuleChange,
    { streams }: JobMetrics,
  ): Version {
    const { versions, nowUs } = this.#options;
    const still = Object.entries(this.#live?.version.warmFrom ?? {}).filter(([rule]) => keptRules.has(rule));
    const begun = [...warmUps].map(([rule, { us, source }]) => {
      return [rule, isoTime((streams[source]?.newestWatermarkUs ?? nowUs()) + us)] as const;
    });
    const warmFrom = Object.fromEntries([...still, ...begun]);
    const counts = { kept, ...(filled > 0 ? { filled } : {}), empty, gone };
    return { version: versions.nextVersion, at: isoTime(nowUs()), from, ...counts, warmFrom };
  }

  /** Who ran when a change is over is who must not fail. */
  async #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= MAX_WAITING) {
      throw new MillraceError('MR7064', `${MAX_WAITING} changes wait for their turn already`, { retry: 'backoff' });
    }
    this.#waiting++;
    const turn = this.#turn.then(change);
    this.#turn = turn
      .catch(() => {})
      .then(() => {
        this.#waiting--;
        this.#watch(this.#live);
      });
    return await turn;
  }

  #watch(live: Live | null): void {
    live?.run.done.catch(error => {
      if (this.#live?.run === live.run && !this.#isClosed) this.#ended.reject(error);
    });
  }
}

function shown({ state, kind, name, reason }: StateLine): string {
  return `${state} ${kind} ${name}${reason === null ? '' : `: ${reason}`}`;
}

/** Null: it reads. */
async function failureOf(run: RuleRun): Promise<{ readonly error: unknown }> {
  return await run.opened.then(
    () => ({ error: null }),
    error => ({ error }),
  );
}

/** Rules that are being opened are given time: to stop them then is to have their last checkpoint. */
async function opening(run: RuleRun): Promise<void> {
  await Promise.race([failureOf(run), delay(LONGEST_OPENING_MS, undefined, { ref: false })]);
}

/** What they have published since their last checkpoint would be that of nobody. */
function reasonToWait({ state, hasOpened }: RuleRun): MillraceError | null {
  const causes = state.kind === 'waiting' ? [state.cause] : state.kind === 'reading' ? state.sinksWaitFor : [];
  if (!hasOpened || (causes.length === 0 && state.kind !== 'opening')) return null;
  const what = causes.map(({ code, message }) => `${message} (${code})`).join('; ') || 'they are being opened';
  return new MillraceError('MR7064', `the rules that run cannot be stopped at a checkpoint now: ${what}`, {
    hint: 'the change can be made when that is over',
    domain: 'external',
    retry: 'backoff',
  });
}

function noCheckpoint(error: unknown): MillraceError {
  const { code, message } = asCoded(error);
  return new MillraceError(
    'MR7064',
    `the last checkpoint of the rules that ran could not be made: ${message} (${code})`,
    {
      hint: 'they run on; the change can be made when that is over',
      domain: 'external',
      retry: 'backoff',
      cause: error,
    },
  );
}

/** That nothing will clear. */
function openAlerts({ rules }: JobMetrics, kept: ReadonlySet<string>): number {
  const gone = Object.entries(rules).filter(([rule]) => !kept.has(rule));
  return gone.reduce((sum, [, { open }]) => sum + Object.values(open).reduce((all, count) => all + count, 0), 0);
}

function noVersion(to: number | null, all: readonly Version[]): MillraceError {
  const kept = all.map(each => each.version).join(', ');
  return new MillraceError(
    'MR7067',
    to === null ? 'there is no version before this one' : `there is no version ${to}`,
    {
      hint: kept === '' ? 'none is kept yet' : `those that are kept are ${kept}`,
    },
  );
}

/** A fault of our own is one of the service, and no reason to go on. */
function asCoded(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  throw error;
}

function isoTime(us: number): string {
  return new Date(us / 1_000).toISOString();
}

const EMPTY: Plan = { version: PLAN_VERSION, nodes: [] };
const MAX_LOGGED_LINES = 20;
const MAX_WAITING = 10;
const LONGEST_OPENING_MS = 10_000;
