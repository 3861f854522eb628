/** A stage of a Dockerfile: what it begins with, and its steps in order. */
export type Stage = { readonly name: string; readonly base: string; readonly steps: readonly Step[] };

export type Step =
  | {
      readonly kind: 'copy';
      readonly from: string | null;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'workdir'; readonly folder: string }
  | { readonly kind: 'env'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'healthcheck'; readonly options: string; readonly command: readonly string[] }
  | { readonly kind: 'entrypoint' | 'cmd'; readonly command: readonly string[] }
  | { readonly kind: 'user' | 'expose' | 'volume'; readonly value: string };

/** Reads as much of the format as our own file uses; fails at anything else, so that nothing is passed over. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const instruction of instructionsOf(text)) {
    const [, word, rest] = /^(\w+) +(.*)$/s.exec(instruction)!;
    if (word === 'FROM') {
      const [base, , name] = rest!.split(/ +/);
      stages.push({ name: name ?? 'last', base: base!, steps: [] });
    } else {
      const read = STEPS[word!];
      if (read === undefined) throw new Error(`a Dockerfile's ${word} is not known here`);
      stages.at(-1)!.steps.push(read(rest!));
    }
  }
  return stages;
}

function instructionsOf(text: string): string[] {
  const lines = text.split('\n').filter(line => !line.trimStart().startsWith('#'));
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(line => line.trim() !== '');
}

const STEPS: Readonly<Record<string, (rest: string) => Step>> = {
  COPY: rest => {
    const words = rest.split(/ +/);
    const paths = words.filter(word => !word.startsWith('--'));
    const from = words.find(word => word.startsWith('--from='))?.slice('--from='.length) ?? null;
    return { kind: 'copy', from, sources: paths.slice(0, -1), target: paths.at(-1)! };
  },
  RUN: command => ({ kind: 'run', command }),
  WORKDIR: folder => ({ kind: 'workdir', folder }),
  ENV: rest => ({
    kind: 'env',
    variables: Object.fromEntries(rest.split(/ +/).map(pair => pair.split('=') as [string, string])),
  }),
  HEALTHCHECK: rest => {
    const [options, command] = rest.split(/ *CMD /);
    return { kind: 'healthcheck', options: options!, command: JSON.parse(command!) };
  },
  ENTRYPOINT: rest => ({ kind: 'entrypoint', command: JSON.parse(rest) }),
  CMD: rest => ({ kind: 'cmd', command: JSON.parse(rest) }),
  USER: value => ({ kind: 'user', value }),
  EXPOSE: value => ({ kind: 'expose', value }),
  VOLUME: value => ({ kind: 'volume', value }),
};
