import type { OwnCodecs } from '../connectors/codecs/message-decoder.ts';
import { CODECS, CONNECTORS, MESSAGES } from '../dsl/check/connectors.ts';
import type { Extensions as LanguageExtensions } from '../dsl/extensions.ts';
import type { Connector } from '../engine/connector.ts';
import { MillraceError } from '../engine/errors.ts';
import type { CustomCodec, CustomConnector } from './custom-connector.ts';
import { CustomSink } from './custom-sink.ts';
import { CustomSource } from './custom-source.ts';
import { type FunctionModule, KNOWN_FUNCTIONS, languageFunctions } from './functions.ts';

/** What the program adds: the same for `compile`, which has to know the words, and for `start`, which runs them. */
export type Extensions = {
  readonly connectors?: readonly CustomConnector[];
  readonly codecs?: readonly CustomCodec[];
  /** What `loadFunctions` gave. */
  readonly functions?: FunctionModule;
};

/** Errors: MR7205 a name that cannot be one, or that there is already. */
export function languageWith({ connectors = [], codecs = [], functions }: Extensions): LanguageExtensions {
  requireNames('connector', connectors, Object.keys(CONNECTORS));
  requireNames('codec', codecs, CODECS);
  const ofModule = functions === undefined ? {} : languageFunctions(functions);
  requireNames(
    'function',
    Object.keys(ofModule).map(name => ({ name })),
    KNOWN_FUNCTIONS,
  );
  const words = connectors.map(({ name, read, write }) => {
    const isSource = read !== undefined;
    const ofConnector = { isSource, write: write === undefined ? 'never' : 'now', isTable: false } as const;
    return [name, { ...ofConnector, codecs: isSource ? MESSAGES : [] }] as const;
  });
  return { connectors: Object.fromEntries(words), codecs: codecs.map(({ name }) => name), functions: ofModule };
}

export function codecsOf({ codecs = [] }: Extensions): OwnCodecs {
  return new Map(codecs.map(codec => [codec.name, (payload, message) => codec.decode(payload, message)]));
}

/** As the engine sees them. */
export function connectorsOf(extensions: Extensions): [name: string, connector: Connector][] {
  const codecs = codecsOf(extensions);
  return (extensions.connectors ?? []).map(connector => {
    const opened: Connector = {
      name: connector.name,
      ...(connector.read === undefined
        ? {}
        : { openSource: async options => new CustomSource(connector, codecs, options) }),
      ...(connector.write === undefined
        ? {}
        : { openSink: async ({ target }) => new CustomSink(connector, target.address) }),
    };
    return [connector.name, opened];
  });
}

function requireNames(what: string, named: readonly { readonly name: string }[], known: readonly string[]): void {
  const taken = new Set(known);
  for (const { name } of named) {
    if (!NAME.test(name)) {
      const hint = 'small letters, digits and `_`, with a letter first';
      throw new MillraceError('MR7205', `${JSON.stringify(name)} cannot be the name of a ${what}`, { hint });
    }
    if (taken.has(name)) {
      throw new MillraceError('MR7205', `there is a ${what} ${name} already`, { hint: 'give it another name' });
    }
    taken.add(name);
  }
}

const NAME = /^[a-z][a-z0-9_]*$/;
