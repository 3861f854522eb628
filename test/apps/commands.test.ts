import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCommands, COMMANDS } from '../../apps/cli/commands.ts';

test('each command is found by its name alone', async () => {
  for (const { names } of COMMANDS) {
    for (const name of names) expect(await commandsFor(name)).toEqual(names);
  }
});

test('all are there for the help, and for a name that none has', async () => {
  const all = COMMANDS.flatMap(({ names }) => names);
  expect(new Set(all).size).toBe(all.length);
  for (const name of [undefined, '--help', 'rnu']) expect(await commandsFor(name)).toEqual(all);
});

async function commandsFor(name: string | undefined): Promise<string[]> {
  const program = new Command();
  await addCommands(program, name);
  return program.commands.map(command => command.name());
}
