import type { SourceNode } from '../../dsl/plan.ts';
import type { Gaps } from './gaps.ts';

/** Gaps of a source: settings that go by arrival, which Flink does not record. */
export function refuseSettings(source: SourceNode, gaps: Gaps): void {
  for (const refuse of Object.values(PARTS)) refuse(source, gaps);
}

type Part = (source: SourceNode, gaps: Gaps) => void;

const written: Part = () => {};
/** Every source has it, said or not: what Flink does about it is on the page on Flink. */
const told: Part = () => {};

/** All parts of a source: one that is added is missing here, and has to be thought of. */
const PARTS = {
  kind: written,
  id: written,
  connector: written,
  address: written,
  directory: written,
  codec: written,
  key: written,
  fields: written,
  time: ({ time }, gaps) => {
    if (time === null) {
      gaps.add('time of arrival', 'Flink records none: name the field that says the time, `time ts as ms`');
    }
  },
  latenessUs: written,
  idleUs: told,
  staleUs: told,
  futureUs: told,
  expireUs: ({ expireUs }, gaps) => {
    if (expireUs !== null) gaps.add('`expire`', 'Flink forgets state by its own clock: `table.exec.state.ttl`');
  },
  unique: ({ unique }, gaps) => {
    if (unique !== undefined) gaps.add('`unique`', 'it goes by arrival, which Flink does not record');
  },
} satisfies { [K in keyof Required<SourceNode>]: Part };
