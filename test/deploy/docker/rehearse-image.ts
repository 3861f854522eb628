import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { root } from '../../repository/tree.ts';
import { copyBuildContext } from './build-context.ts';
import type { Stage, Step } from './dockerfile.ts';

/** What a container of the image would be: its files below a folder, and how it starts. */
export type RehearsedImage = {
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
};

/** What the last stage says of how a container starts. */
export function startOfImage(stages: readonly Stage[]): Omit<RehearsedImage, 'folder'> {
  const { steps } = stages.at(-1)!;
  const commandOf = (wanted: Step['kind']) =>
    steps.flatMap(step => (step.kind === wanted && 'command' in step ? step.command : []));
  return {
    variables: Object.assign({}, ...steps.map(step => (step.kind === 'env' ? step.variables : {}))),
    command: [...commandOf('entrypoint'), ...commandOf('cmd')],
    healthcheck: commandOf('healthcheck'),
  };
}

/**
 * Builds an image without a container engine: each stage is a folder, in which its steps are done one after the other. What
 * stands in for the base image is this machine: its shell, npm and Node. Of two steps that is all there is: the packages of
 * the first stage are those of the checkout, and nobody's owner is changed.
 */
export function rehearseImage(stages: readonly Stage[], folder: string): RehearsedImage {
  for (const { name, base, steps } of stages) {
    const stage = join(folder, name);
    mkdirSync(join(stage, 'usr/local/bin'), { recursive: true });
    if (base.startsWith('node:')) symlinkSync(process.execPath, join(stage, 'usr/local/bin/node'));
    let cwd = stage;
    for (const step of steps) {
      if (step.kind === 'workdir') {
        cwd = join(stage, step.folder);
        mkdirSync(cwd, { recursive: true });
      } else if (step.kind === 'copy') copy(step, { folder, stage, cwd });
      else if (step.kind === 'run') run(step.command, { stage, cwd });
    }
  }
  return { ...startOfImage(stages), folder: join(folder, stages.at(-1)!.name) };
}

type Place = { readonly stage: string; readonly cwd: string };

function copy(
  { from, sources, target }: Step & { kind: 'copy' },
  { folder, stage, cwd }: Place & { folder: string },
): void {
  const to = resolve(target.startsWith('/') ? join(stage, target) : join(cwd, target));
  if (from === null && sources.includes('.')) return copyBuildContext(to);
  for (const source of sources) {
    const path = from === null ? join(root, source) : join(folder, from, source);
    const isInto = target.endsWith('/') && !source.endsWith('/');
    // A whole folder of a stage is moved: its thousands of files take seconds to copy, and nothing else reads them.
    if (from !== null && !isInto && !existsSync(to) && source.endsWith('/')) {
      mkdirSync(dirname(to), { recursive: true });
      renameSync(path, to);
    } else cpSync(path, isInto ? join(to, basename(source)) : to, { recursive: true, verbatimSymlinks: true });
  }
}

function run(command: string, { stage, cwd }: Place): void {
  if (command === 'npm ci --ignore-scripts') return symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'));
  const here = command.replaceAll(/(?<=\s)\/(?=\w)/g, `${stage}/`);
  execFileSync('sh', ['-e', '-c', here], {
    cwd,
    env: { ...process.env, npm_config_prefer_offline: 'true', npm_config_loglevel: 'error' },
    stdio: 'pipe',
  });
}
