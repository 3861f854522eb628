import type { Document, Node, Pair } from 'yaml';
import type { Span } from '../../dsl/diagnostics.ts';
import { yaml } from './readers.ts';
import type { SettingPath } from './settings-schema.ts';

/** The text of a settings file, what it says, and where. */
export class SettingsText {
  readonly file: string;
  readonly text: string;
  /** Undefined where it is not YAML. */
  readonly values: unknown;
  /** Why it is not. */
  readonly mistakes: readonly { readonly message: string; readonly span: Span }[];
  readonly #document: Document | null; // null: the text is empty

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.replace(/^\ufeff/, '');
    const document =
      this.text === '' ? null : yaml().parseDocument(this.text, { prettyErrors: false, logLevel: 'silent' });
    this.#document = document;
    const mistakes = [...(document?.errors ?? []), ...(document?.warnings ?? [])].map(({ code, message, pos }) => ({
      // What these name may be a part of a secret that begins with `*` or `!`.
      message: code === 'TAG_RESOLVE_FAILED' || code === 'BAD_ALIAS' ? NOT_PLAIN : firstLine(message),
      span: this.#span(pos[0], pos[1]),
    }));
    this.values = mistakes.length > 0 ? undefined : this.#plainValues(mistakes);
    this.mistakes = mistakes;
  }

  /** Of the value at a place, or of the innermost thing around it that is there. */
  spanOf(path: SettingPath): Span {
    const pair = this.#pairAt(path);
    const range = (pair?.value as Node | null | undefined)?.range ?? (pair?.key as Node | undefined)?.range; // as: both are nodes
    if (range) return this.#span(range[0], range[1]);
    return path.length > 0 ? this.spanOf(path.slice(0, -1)) : this.#span(0, /^.*/.exec(this.text)![0].length);
  }

  /** Of the name that stands before a value. */
  spanOfName(path: SettingPath): Span {
    const range = (this.#pairAt(path)?.key as Node | undefined)?.range; // as: keys are nodes
    return range ? this.#span(range[0], range[1]) : this.spanOf(path);
  }

  #plainValues(mistakes: { message: string; span: Span }[]): unknown {
    try {
      return this.#document?.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
    } catch {
      mistakes.push({ message: NOT_PLAIN, span: this.#spanOfAlias() }); // one that leads nowhere, or grows without end
      return undefined;
    }
  }

  #spanOfAlias(): Span {
    let range: readonly number[] = [0, 0];
    const { visit } = yaml();
    visit(this.#document, {
      Alias: (_, alias) => {
        range = alias.range ?? range;
        return visit.BREAK;
      },
    });
    return this.#span(range[0]!, range[1]!);
  }

  #pairAt(path: SettingPath): Pair | undefined {
    if (this.#document === null) return undefined;
    const { isAlias, isMap } = yaml();
    let node: unknown = this.#document.contents;
    let pair: Pair | undefined;
    for (const name of path) {
      if (isAlias(node)) node = node.resolve(this.#document);
      pair = isMap(node) ? node.items.find(({ key }) => String(key) === name) : undefined;
      node = pair?.value;
    }
    return pair;
  }

  #span(start: number, end: number): Span {
    return { file: this.file, start, end: Math.max(end, start + 1) };
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0]!;
}

const NOT_PLAIN = 'a value begins with `*`, `&` or `!`, which means something else in YAML: write it in quotes';
const MAX_ALIASES = 100;
