import type { ActionKind } from '../../dsl/plan.ts';

/** What happens to one key, in order; times are of one clock, since its events arrive when they happen. */
export type LifeAction = { readonly action: ActionKind; readonly durationUs: number | null };

const LEVELS = ['medium', 'high', 'critical'] as const;
type Level = (typeof LEVELS)[number];

export const LIFE = { escalateAfterUs: 30_000, idleUs: 20_000 };

/** The rule that this is a model of, with `LIFE` in its settings. */
export const LIFE_RULE = `
stream s from memory "s" json { key device: symbol  site: symbol  value: float  idle 20ms }
rule life on s {
  medium when value > 10
  high   when value > 20
  escalate to critical after 30ms unless acked
  clear  when value < 5
  latch
}`;

/**
 * The life of the alerts of one key as docs/language/alerts.md says it, one instant at a time and with no thought of speed:
 * `changes` has a line for each.
 */
export class LifeOfKey {
  readonly changes: string[] = [];
  #level: Level | null = null;
  #value: number | null = null;
  #isAcknowledged = false;
  #isReturned = false;
  #isStale = false;
  #isEscalated = false;
  #waitingSinceUs = 0;
  #shelvedUntilUs: number | 'clears' | null = null;
  #isSuppressed = false;
  #isOutOfService = false;
  #lastEventUs = -Infinity;
  #lastChangeUs = -Infinity;

  /** Everything that the clock brings about up to this instant. */
  moveTo(nowUs: number): void {
    for (;;) {
      const instants = [this.#unshelvesUs(), this.#escalatesUs(), this.#silentUs()];
      const nextUs = Math.min(...instants);
      if (nextUs > nowUs) return;
      if (instants[0] === nextUs) {
        this.#shelvedUntilUs = null;
        if (this.#level !== null) this.#tell('unshelved', nextUs);
      } else if (instants[1] === nextUs) {
        this.#escalate(nextUs);
      } else {
        this.#isStale = true;
        this.#tell('stale', nextUs);
      }
    }
  }

  event(value: number | null, atUs: number): void {
    this.#lastEventUs = atUs;
    if (this.#isStale) {
      this.#isStale = false;
      this.#tell('heard', atUs);
    }
    this.#value = value;
    const holding: Level | null = value === null ? null : value > 20 ? 'high' : value > 10 ? 'medium' : null;
    if (this.#level === null) {
      if (holding !== null) this.#rise(holding, 'raised', atUs);
      return;
    }
    if (value !== null && value < 5) return this.#over(atUs);
    if (holding === null) return;
    if (rankOf(holding) > rankOf(this.#level)) return this.#rise(holding, 'level', atUs);
    const isFalling = !this.#isEscalated && rankOf(holding) < rankOf(this.#level);
    if (!isFalling && !this.#isReturned) return;
    this.#isReturned = false;
    if (isFalling) this.#level = holding;
    this.#tellLevel(atUs);
  }

  act({ action, durationUs }: LifeAction, atUs: number): void {
    if (this.#lastEventUs === -Infinity) return; // nobody has seen the key
    switch (action) {
      case 'acknowledge':
        if (this.#level === null || this.#isAcknowledged) return;
        this.#isAcknowledged = true;
        this.#tell('acknowledged', atUs);
        if (this.#isReturned) this.#clear(Math.max(this.#lastChangeUs, this.#lastEventUs));
        return;
      case 'comment':
        return this.#tellIfFiring('commented', atUs);
      case 'shelve':
        this.#shelvedUntilUs = durationUs === null ? 'clears' : atUs + durationUs;
        return this.#tellIfFiring('shelved', atUs);
      case 'unshelve':
        if (this.#shelvedUntilUs === null) return;
        this.#shelvedUntilUs = null;
        return this.#tellIfFiring('unshelved', atUs);
      case 'suppress':
      case 'unsuppress':
        if (this.#isSuppressed === (action === 'suppress')) return;
        this.#isSuppressed = action === 'suppress';
        return this.#tellIfFiring(action === 'suppress' ? 'suppressed' : 'unsuppressed', atUs);
      case 'out_of_service':
      case 'in_service':
        if (this.#isOutOfService === (action === 'out_of_service')) return;
        this.#isOutOfService = action === 'out_of_service';
        return this.#tellIfFiring(action, atUs);
    }
  }

  #rise(level: Level, change: 'raised' | 'level', atUs: number): void {
    this.#level = level;
    if (change === 'raised' || this.#isAcknowledged) this.#waitingSinceUs = atUs;
    this.#isAcknowledged = false;
    this.#isReturned = false;
    if (change === 'level') this.#tellLevel(atUs);
    else this.#tellOwn(change, atUs);
  }

  /** What was long due while it had returned comes with it. */
  #tellLevel(atUs: number): void {
    this.#tellOwn('level', atUs);
    if (this.#escalatesUs() <= atUs) this.#escalate(atUs);
  }

  #escalate(atUs: number): void {
    this.#isEscalated = true;
    this.#level = 'critical';
    this.#tell('escalated', atUs);
  }

  #over(atUs: number): void {
    if (this.#isAcknowledged) this.#clear(atUs);
    else if (!this.#isReturned) {
      this.#isReturned = true;
      this.#tellOwn('returned', atUs);
    }
  }

  #clear(atUs: number): void {
    this.#tell('cleared', atUs);
    this.#level = null;
    this.#isAcknowledged = false;
    this.#isReturned = false;
    this.#isStale = false;
    this.#isEscalated = false;
    this.#lastChangeUs = -Infinity;
    if (this.#shelvedUntilUs === 'clears') this.#shelvedUntilUs = null;
  }

  #unshelvesUs(): number {
    return typeof this.#shelvedUntilUs === 'number' ? this.#shelvedUntilUs : Infinity;
  }

  #escalatesUs(): number {
    const isOpen = this.#level !== null && !this.#isAcknowledged && !this.#isReturned && !this.#isEscalated;
    return isOpen ? this.#waitingSinceUs + LIFE.escalateAfterUs : Infinity;
  }

  #silentUs(): number {
    return this.#level === null || this.#isStale ? Infinity : this.#lastEventUs + LIFE.idleUs;
  }

  #tellIfFiring(change: string, atUs: number): void {
    if (this.#level !== null) this.#tell(change, atUs);
  }

  #tellOwn(change: string, atUs: number): void {
    this.#lastChangeUs = atUs;
    this.#tell(change, atUs);
  }

  #tell(change: string, atUs: number): void {
    const words = [
      this.#isAcknowledged ? 'acknowledged' : '',
      this.#isReturned ? 'returned' : '',
      this.#isStale ? 'stale' : '',
      this.#shelvedUntilUs === null ? '' : 'shelved',
      this.#isSuppressed ? 'suppressed' : '',
      this.#isOutOfService ? 'out_of_service' : '',
    ].filter(word => word !== '');
    this.changes.push(lifeLine({ change, timeUs: atUs, level: this.#level!, state: words, value: this.#value }));
  }
}

/** A change as both sides write it. */
export function lifeLine(change: {
  readonly change: string;
  readonly timeUs: number;
  readonly level: string;
  readonly state: readonly string[];
  readonly value: number | null;
}): string {
  const { change: what, timeUs, level, state, value } = change;
  return `${timeUs} ${what} ${level} [${state.join(' ')}] ${value}`;
}

function rankOf(level: Level): number {
  return LEVELS.indexOf(level);
}
