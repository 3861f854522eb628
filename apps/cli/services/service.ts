import { isPortFree, startNats, startQuestDb, withoutSecrets } from '../../../scripts/services/index.js';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceRecord } from './service-record.ts';

/** A server that `millrace services` starts. */
export type Service = {
  readonly name: string;
  readonly title: string;
  /** With an address in it, nothing is started. */
  readonly variable: string;
  /** `ports`: those of the last time. */
  readonly start: (directory: string, ports: ServiceRecord['ports']) => Promise<ServiceRecord>;
  /** What is at its address for a browser. */
  readonly page: string | null;
  /** The address that commands take. */
  readonly reached: (settings: Settings) => string;
  /** Its line of millrace.yaml. */
  readonly setting: (url: string) => string;
};

export const SERVICES: readonly Service[] = [
  {
    name: 'nats',
    title: 'NATS',
    variable: 'MILLRACE_NATS_URL',
    start: async (directory, ports) => {
      const [port, monitorPort] = [await freeOf(ports['port'] ?? 4222), await freeOf(ports['monitorPort'] ?? 8222)];
      const server = await startNats({ directory, port, monitorPort, detached: true });
      return recordOf(server, { port: server.port, monitorPort: server.monitorPort });
    },
    page: null,
    reached: ({ nats }) => withoutSecrets(nats.servers.join()),
    setting: url => `nats: { servers: ["${url}"] }`,
  },
  {
    name: 'questdb',
    title: 'QuestDB',
    variable: 'MILLRACE_QUESTDB_URL',
    start: async (directory, ports) => {
      const [httpPort, pgPort] = [await freeOf(ports['httpPort'] ?? 9000), await freeOf(ports['pgPort'] ?? 8812)];
      const server = await startQuestDb({ directory, httpPort, pgPort, detached: true });
      return recordOf(server, { httpPort: server.httpPort, pgPort: server.pgPort! });
    },
    page: 'its console',
    reached: ({ questdb }) => withoutSecrets(questdb.url),
    setting: url => `questdb: { url: "${url}" }`,
  },
];

/** 0, which is any free port, where another program has this one. */
async function freeOf(port: number): Promise<number> {
  return (await isPortFree(port)) ? port : 0;
}

function recordOf(
  { pid, directory, url, logFile }: { pid: number | null; directory: string; url: string; logFile: string },
  ports: ServiceRecord['ports'],
): ServiceRecord {
  return { pid: pid!, directory, url, logFile, ports }; // it has just got ready, so it has a process id
}
