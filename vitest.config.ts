import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'connectors/**/*.test.ts'],
    // Each file in a process of its own: some tests spawn the command line or change the environment.
    pool: 'forks',
    maxWorkers: Math.ceil(availableParallelism() * 1.5), // most files wait for servers and processes part of their time
    // Starts NATS and QuestDB for all files, when the first asks for one (test/services/servers.ts).
    globalSetup: 'test/services/setup.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } }, // a busy machine
  },
});
