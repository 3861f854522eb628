import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPrometheus } from '../../scripts/find-prometheus.js';
import { startInFolder } from '../../scripts/services/start-in-folder.js';

export type PrometheusServer = {
  /** Of an expression, now: how many series it gives. */
  query(expression: string): Promise<number>;
  stop(): Promise<void>;
};

/** A Prometheus that scrapes this address each second, as the job `millrace`. */
export async function startPrometheus(target: string): Promise<PrometheusServer> {
  const program = join(await findPrometheus(), 'prometheus');
  const server = await startInFolder({
    name: 'prometheus',
    directory: undefined,
    isDetached: false,
    ports: { port: undefined },
    describe: ({ folder, ports }: { readonly folder: string; readonly ports: { readonly port: number } }) => {
      const config = {
        scrape_configs: [{ job_name: 'millrace', scrape_interval: '1s', static_configs: [{ targets: [target] }] }],
      };
      const file = join(folder, 'prometheus.yml');
      writeFileSync(file, JSON.stringify(config)); // JSON is YAML
      const url = `http://127.0.0.1:${ports.port}`;
      return {
        addresses: { url },
        program,
        commandLine: [
          `--config.file=${file}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${ports.port}`,
        ],
        readyLine: /Server is ready to receive web requests/,
        readyTimeoutMs: 30_000,
        answers: async () => (await fetch(`${url}/-/ready`)).ok,
      };
    },
  });
  return {
    query: async expression => {
      const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const body = (await answer.json()) as Answer;
      if (body.status !== 'success') throw new Error(`${expression}: ${body.error}`);
      return body.data.result.length;
    },
    stop: () => server.stop(),
  };
}

type Answer =
  | { readonly status: 'success'; readonly data: { readonly result: readonly unknown[] } }
  | { readonly status: 'error'; readonly error: string };
