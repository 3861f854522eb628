import type { Scalar } from '../../engine/batch.ts';

/** What is known to have been so, whatever the rules say: an incident, a fault of a simulation. It is drawn as a band. */
export type ReportLabel = {
  readonly fromUs: number;
  readonly toUs: number;
  readonly name: string;
  /** Null: of any rule. */
  readonly rule: string | null;
  /** It is of the keys that agree with it in every field that both have; files of labels have texts only. */
  readonly key: Readonly<Record<string, Scalar>>;
};

const MOST_LABELS = 5_000;

/** The first so many of them, and how many others there were. */
export class ReportLabels {
  readonly #kept: ReportLabel[] = [];
  #leftOut = 0;

  get kept(): readonly ReportLabel[] {
    return this.#kept;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  add(label: ReportLabel): void {
    if (this.#kept.length < MOST_LABELS) this.#kept.push(label);
    else this.#leftOut++;
  }
}

export function isLabelOf(
  { rule, key }: ReportLabel,
  figure: { readonly rule: string; readonly key: Readonly<Record<string, Scalar>> },
): boolean {
  if (rule !== null && rule !== figure.rule) return false;
  return Object.entries(key).every(
    ([name, value]) => !Object.hasOwn(figure.key, name) || String(figure.key[name]) === String(value),
  );
}
