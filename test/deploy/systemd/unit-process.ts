import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { below, type DescribedProcess } from '../described-process.ts';

/** What systemd starts for a unit, below a folder that takes the place of the machine's root; its state folder is made. */
export function processOfUnit(
  text: string,
  { folder, instance = '' }: { folder: string; instance?: string },
): DescribedProcess {
  const settings = text
    .replaceAll('%S', '/var/lib')
    .replaceAll('%i', instance)
    .replaceAll('%l', 'plant1')
    .split('\n')
    .flatMap(line => {
      const [, name, value] = /^([A-Z]\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, value: value! }];
    });
  const valuesOf = (wanted: string) => settings.filter(({ name }) => name === wanted).map(({ value }) => value);
  for (const name of valuesOf('StateDirectory'))
    mkdirSync(join(folder, 'var/lib', name), { recursive: true, mode: 0o700 });
  const pairs = [
    ...valuesOf('Environment').flatMap(value => value.split(' ')),
    ...valuesOf('EnvironmentFile').flatMap(value => linesOf(join(folder, value.replace(/^-/, '')))),
  ];
  return below(folder, {
    command: valuesOf('ExecStart').at(-1)!.split(' '),
    cwd: valuesOf('WorkingDirectory').at(-1)!,
    variables: Object.fromEntries(pairs.map(pair => pair.split('=', 2) as [string, string])),
  });
}

function linesOf(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(line => line.includes('='))
    : [];
}
