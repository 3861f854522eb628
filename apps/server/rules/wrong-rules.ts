/** Of rules that came when nothing ran. */
export class WrongRules extends Error {
  /** Each mistake with its place. */
  readonly text: string;

  constructor(text: string) {
    super('the rules are wrong');
    this.name = 'WrongRules';
    this.text = text;
  }
}
