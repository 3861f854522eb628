import { ALERT_WORDS, type AlertWord, type Snapshot, type SnapshotValue } from '../../operator.ts';

/** What is known of an alert, or of a key that may have one, beside its level: what operators did, and silence. */
export type AlertLife = {
  isAcknowledged: boolean;
  /** Its condition is over, and it waits to be acknowledged (`latch`). */
  isReturned: boolean;
  isStale: boolean;
  /** The level that `escalate` has brought: it does not fall. */
  isEscalated: boolean;
  /** On the arrival clock: since when it has waited to be acknowledged. */
  waitingSinceUs: number;
  /** Of its own changes, the last one's time. */
  changedUs: number;
  /** Until when on the arrival clock; 0: until it clears; null: not at all. */
  shelvedUntilUs: number | null;
  isSuppressed: boolean;
  isOutOfService: boolean;
};

/** By slot of the rules' state: of those with an alert, or of which operators have said something that outlives one. */
export class AlertLives {
  readonly #lives: (AlertLife | undefined)[] = []; // bound: the keys of the rules
  #count = 0;

  /** The instant of the arrival clock of what is handled. */
  nowUs = -Infinity;

  grow(slotCount: number): void {
    while (this.#lives.length < slotCount) this.#lives.push(undefined);
  }

  get(slot: number): AlertLife | undefined {
    return this.#lives[slot];
  }

  /** The key's, which is as if nothing had happened where there was none. */
  of(slot: number): AlertLife {
    return this.#lives[slot] ?? this.#set(slot, { ...NEW });
  }

  /** It is raised, or rises: whatever was acknowledged, this was not. */
  begin(slot: number): void {
    const life = this.of(slot);
    if (life.isAcknowledged || life.waitingSinceUs === -Infinity) life.waitingSinceUs = this.nowUs;
    life.isAcknowledged = false;
  }

  /** The alert has cleared: what is of the key stays. */
  end(slot: number): void {
    const life = this.#lives[slot];
    if (life === undefined) return;
    const { isSuppressed, isOutOfService } = life;
    const shelvedUntilUs = life.shelvedUntilUs === 0 ? null : life.shelvedUntilUs;
    if (shelvedUntilUs === null && !isSuppressed && !isOutOfService) this.forget(slot);
    else Object.assign(life, { ...NEW, shelvedUntilUs, isSuppressed, isOutOfService });
  }

  /** Nothing is kept of a key of which there is nothing to say. */
  tidy(slot: number): void {
    const life = this.#lives[slot];
    if (life !== undefined && isNew(life)) this.forget(slot);
  }

  /** Whether operators have said something of the key that holds. */
  isHidden(slot: number): boolean {
    const life = this.#lives[slot];
    return life !== undefined && (life.shelvedUntilUs !== null || life.isSuppressed || life.isOutOfService);
  }

  /** What is to be said of the key. */
  wordsOf(slot: number): readonly AlertWord[] {
    const life = this.#lives[slot];
    return life === undefined || isPlain(life) ? NO_WORDS : ALERT_WORDS.filter(word => IS_SO[word](life));
  }

  forget(slot: number): void {
    if (this.#lives[slot] === undefined) return;
    this.#lives[slot] = undefined;
    this.#count--;
  }

  snapshot(slots: Uint32Array): readonly SnapshotValue[] {
    return Array.from(slots, slot => {
      const life = this.#lives[slot];
      return life === undefined ? null : { ...life };
    });
  }

  restore(saved: readonly SnapshotValue[], slots: Int32Array): void {
    slots.forEach((slot, row) => {
      const life = (saved[row] ?? null) as Snapshot | null;
      if (slot >= 0 && life !== null) this.#set(slot, { ...NEW, ...(life as unknown as AlertLife) }); // as: what `snapshot` gave
    });
  }

  get stateBytes(): number {
    return this.#count * LIFE_BYTES;
  }

  /** There is none. */
  #set(slot: number, life: AlertLife): AlertLife {
    this.#lives[slot] = life;
    this.#count++;
    return life;
  }
}

const IS_SO: Readonly<Record<AlertWord, (life: AlertLife) => boolean>> = {
  acknowledged: life => life.isAcknowledged,
  returned: life => life.isReturned,
  stale: life => life.isStale,
  shelved: life => life.shelvedUntilUs !== null,
  suppressed: life => life.isSuppressed,
  out_of_service: life => life.isOutOfService,
  historical: () => false, // nothing that happens now is
};

/** As most are: none of the words is so. */
function isPlain({
  isAcknowledged,
  isReturned,
  isStale,
  shelvedUntilUs,
  isSuppressed,
  isOutOfService,
}: AlertLife): boolean {
  return !(isAcknowledged || isReturned || isStale || shelvedUntilUs !== null || isSuppressed || isOutOfService);
}

const NO_WORDS: readonly AlertWord[] = [];

const NEW: AlertLife = {
  isAcknowledged: false,
  isReturned: false,
  isStale: false,
  isEscalated: false,
  waitingSinceUs: -Infinity,
  changedUs: -Infinity,
  shelvedUntilUs: null,
  isSuppressed: false,
  isOutOfService: false,
};

function isNew(life: AlertLife): boolean {
  return (Object.keys(NEW) as (keyof AlertLife)[]).every(name => life[name] === NEW[name]);
}

const LIFE_BYTES = 160; // an estimate: an object and its place
