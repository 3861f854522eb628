/** Something that a statement needs and Flink SQL does not have. */
export type Gap = {
  readonly construct: string; // in the words of a rule file: "`cooldown 10m`"
  readonly why: string;
};

/** Collects the gaps of one statement, so that all of them are told at once. */
export class Gaps {
  readonly list: Gap[] = [];

  /** What stands in the text that is not going to be used. */
  add(construct: string, why: string): string {
    if (!this.list.some(known => known.construct === construct)) this.list.push({ construct, why });
    return 'NULL';
  }

  get isEmpty(): boolean {
    return this.list.length === 0;
  }
}
