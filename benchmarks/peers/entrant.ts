import { join } from 'node:path';
import type { Entrance } from './answer.ts';
import type { JavaPeers } from './install-java-peers.ts';

/** What stands in a row of the table, and how its process is started. */
export type Entrant = {
  readonly name: 'rules' | 'hand-loop' | 'esper' | 'siddhi' | 'flink';
  readonly title: string;
  /** Neither ours nor the loop by hand. */
  readonly isPeer: boolean;
  readonly entrances: readonly Entrance[];
  readonly commandLine: (peers: JavaPeers) => readonly [string, ...string[]];
};

/** Beans and messages of five million events, and room enough that collections are few. */
const HEAP = ['-Xms4g', '-Xmx4g'];
/** Flink's classes reach into those of Java, which has to be allowed. */
const OPENED = ['java.lang', 'java.util'].map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`);

export const ENTRANTS: readonly Entrant[] = [
  own('rules', 'Millrace'),
  own('hand-loop', 'loop by hand'),
  {
    name: 'esper',
    title: 'Esper',
    isPeer: true,
    entrances: ['memory', 'json', 'own-json'],
    commandLine: peers => javaLine(peers, 'esper', 'esper.EsperPeer'),
  },
  {
    name: 'siddhi',
    title: 'Siddhi',
    isPeer: true,
    entrances: ['memory', 'json'],
    commandLine: peers => javaLine(peers, 'siddhi', 'siddhi.SiddhiPeer'),
  },
  {
    name: 'flink',
    title: 'Flink',
    isPeer: true,
    entrances: ['memory', 'json'],
    commandLine: peers => javaLine(peers, 'flink', 'flink.FlinkPeer', OPENED),
  },
];

function own(name: 'rules' | 'hand-loop', title: string): Entrant {
  const script = join(import.meta.dirname, 'millrace', 'process.ts');
  return {
    name,
    title,
    isPeer: false,
    entrances: ['memory', 'json'],
    commandLine: () => [process.execPath, script, name],
  };
}

function javaLine(
  { java, jarsOf }: JavaPeers,
  peer: string,
  main: string,
  options: readonly string[] = [],
): readonly [string, ...string[]] {
  return [java, ...HEAP, ...options, '-cp', join(jarsOf(peer), '*'), `millrace.peers.${main}`];
}
