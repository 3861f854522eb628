import type { ScalarFunction } from './catalog/scalar-function.ts';
import { CODECS, CONNECTORS, type ConnectorWords, MESSAGE_CONNECTORS } from './check/connectors.ts';

/** What a program adds to the words of the language. The caller sees to it that none is there already. */
export type Extensions = {
  readonly connectors?: Readonly<Record<string, ConnectorWords>>;
  /** For what messages hold. */
  readonly codecs?: readonly string[];
  readonly functions?: Readonly<Record<string, ScalarFunction>>;
};

/** All words that rules may use, those of the language included. */
export type Words = {
  readonly connectors: Readonly<Record<string, ConnectorWords>>;
  readonly codecs: readonly string[];
  /** Of the program; the language's own are in its catalog. */
  readonly functions: Readonly<Record<string, ScalarFunction>>;
};

export function wordsWith({ connectors = {}, codecs = [], functions = {} }: Extensions): Words {
  const all = Object.entries({ ...CONNECTORS, ...connectors }).map(([name, words]) => {
    const isOfMessages = MESSAGE_CONNECTORS.includes(name) || Object.hasOwn(connectors, name);
    return [name, isOfMessages ? { ...words, codecs: [...words.codecs, ...codecs] } : words] as const;
  });
  return { connectors: Object.fromEntries(all), codecs: [...CODECS, ...codecs], functions };
}
