import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import type { Provided } from '../../scripts/services/from-environment.js';
import { provideNats, provideQuestDb, SHORT_LIVED } from '../../scripts/services/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers `/nats` and `/questdb` with the address of that server; see servers.ts. */
    readonly services: string;
  }
}

/**
 * One nats-server and one QuestDB for the whole run. Each starts when the first test file asks for it, so that runs
 * without such a file do not wait for a JVM; files run in processes of their own, so they ask over HTTP.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const starts: Readonly<Record<string, () => Promise<Provided>>> = {
    '/nats': provideNats,
    '/questdb': () => provideQuestDb({ javaOptions: SHORT_LIVED }),
  };
  const started = new Map<string, Promise<Provided>>();

  const server = createServer(async (request, response) => {
    const path = request.url!;
    try {
      if (!started.has(path)) started.set(path, starts[path]!());
      response.end((await started.get(path)!).url);
    } catch (error) {
      response.writeHead(503).end((error as Error).message);
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  provide('services', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  return async () => {
    server.closeAllConnections();
    server.close();
    const ends = await Promise.allSettled(started.values());
    await Promise.all(ends.flatMap(end => (end.status === 'fulfilled' ? [end.value.stop()] : [])));
  };
}
