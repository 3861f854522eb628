import type { AlertSpan } from '../../../engine/backtest/alert-span.ts';
import { type KnownFault, type Score, scoreAlerts } from '../../../engine/backtest/score-alerts.ts';
import type { Watched } from '../../../engine/backtest/watched-time.ts';
import type { PastRuns } from '../backtest/past-runs.ts';
import { CommandLineError } from '../command-line-error.ts';
import { raisedAlerts } from '../score/read-alerts.ts';
import { secondText } from '../score/score-table.ts';

/** Known faults, and which of them could have been found in a stretch of the past: those that began in it, of keys that are told. */
export class PastFaults {
  readonly #faults: readonly KnownFault[];
  readonly #asked: ReadonlySet<KnownFault>;

  /** Errors: MR7362 where none could have been found. */
  constructor(
    faults: readonly KnownFault[],
    { past, watched, rule }: { readonly past: PastRuns; readonly watched: Watched; readonly rule?: string },
  ) {
    const asked = faults.filter(fault => {
      const isOfRule = fault.rule === null || rule === undefined || fault.rule === rule;
      return (
        isOfRule && past.isToldOf(fault.where) && fault.fromUs >= watched.firstUs && fault.fromUs <= watched.lastUs
      );
    });
    if (asked.length === 0) throw noneAsked(watched, rule);
    this.#faults = faults;
    this.#asked = new Set(asked);
  }

  /** What of the others has begun at another time, or is of another key or rule: it explains alerts, and nobody has to find it. */
  get leftOut(): number {
    return this.#faults.length - this.#asked.size;
  }

  /** `rule`: what all of the alerts are of, whatever they say; undefined: of what they say. */
  score(spans: readonly AlertSpan[], rule?: string): Score {
    const alerts = raisedAlerts(spans);
    const named = rule === undefined ? alerts : alerts.map(alert => ({ ...alert, rule }));
    return scoreAlerts(this.#faults, named, fault => this.#asked.has(fault));
  }
}

function noneAsked({ firstUs, lastUs }: Watched, rule: string | undefined): CommandLineError {
  const what = rule === undefined ? 'no label' : `no label of the rule ${rule}, or of any rule,`;
  if (firstUs > lastUs) return new CommandLineError('MR7362', `${what} can be found: the history has no events`);
  return new CommandLineError(
    'MR7362',
    `${what} begins in the history that is read`,
    `it goes from ${secondText(firstUs)} to ${secondText(lastUs)}, UTC; --from, --to and --key bound it`,
  );
}
