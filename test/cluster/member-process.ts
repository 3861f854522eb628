/** One process of a cluster: `node test/cluster/member-process.ts NAME RULES SHARES`; it says which shares it takes, a line each. */
import { readFileSync } from 'node:fs';
import { runCluster } from '../../apps/server/cluster/run-cluster.ts';
import { createConnectors } from '../../connectors/index.ts';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import { compile } from '../../dsl/compile.ts';
import { startJob } from '../../engine/runtime/job.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';

const [name, file, shares] = process.argv.slice(2) as [string, string, string];
const { plan } = compile({ file, text: readFileSync(file, 'utf8') });
const leaving = new AbortController();
process.on('SIGTERM', () => leaving.abort());
const nats = { servers: [process.env['MILLRACE_NATS_URL']!] };
const questdb = { url: process.env['MILLRACE_QUESTDB_URL']! };
const platform = createNodePlatform();

await runCluster({
  cluster: { name: 'plant', process: name, shares: Number(shares), replicas: 1 },
  nats,
  plan: plan!,
  platform,
  stateDirectory: `state-${name}`,
  startJob: ({ guard, ...rest }) => {
    const connectors = createConnectors({
      disk: platform.disk,
      log: { write: () => {}, isJson: true },
      nats: { ...nats, onWarning: warning => say({ type: 'warning', ...warning }) },
      questdb,
    });
    return startJob({
      ...rest,
      plan: plan!,
      connectors: new Map([...connectors].map(([key, connector]) => [key, guard(connector)])),
      store: guard(createQuestDbConnector(questdb)),
      checkpointEveryMs: 1_000,
      onWarning: warning => say({ type: 'warning', ...warning }),
    });
  },
  onWarning: warning => say({ type: 'warning', ...warning }),
  onShare: change => say({ type: 'share', atMs: Date.now(), ...change }),
  signal: leaving.signal,
});

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
