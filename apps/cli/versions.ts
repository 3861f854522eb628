import type { Command } from 'commander';
import type { Origin, Version } from '../server/rules/version-store.ts';
import type { ChangeOptions } from './deploy/show-change.ts';
import { printable } from './printable.ts';
import { addServiceOptions, askService } from './service-client.ts';

export function addVersionsCommand(program: Command): void {
  const command = program
    .command('versions')
    .description('list the versions of the rules that a running service keeps')
    .option('--json', 'one JSON object a line');
  addServiceOptions(command).action(async (options: ChangeOptions) => {
    const { body } = await askService(options, { method: 'GET', path: '/api/versions' });
    const versions = body['versions'] as readonly ShownVersion[]; // as: what the service answers (apps/server/http/rules-routes.ts)
    const lines = versions.map(version => (options.json === true ? JSON.stringify(version) : shown(version)));
    process.stdout.write(lines.map(line => `${line}\n`).join(''));
  });
}

/** As the service tells it. */
type ShownVersion = Omit<Version, 'warmFrom'> & { readonly is_active: boolean };

function shown({ version, at, from, kept, filled = 0, empty, gone, is_active }: ShownVersion): string {
  const state = `${kept} kept, ${filled > 0 ? `${filled} filled, ` : ''}${empty} empty, ${gone} gone`;
  return `${is_active ? '*' : ' '} ${String(version).padStart(4)}  ${at}  ${printable(wayOf(from))}  ${state}`;
}

function wayOf(from: Origin): string {
  switch (from.kind) {
    case 'folder':
      return 'from the folder';
    case 'deploy':
      return `deployed by ${from.by}`;
    case 'rollback':
      return `back to ${from.to} by ${from.by}`;
  }
}
