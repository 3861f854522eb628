import type { Connector } from '../../engine/connector.ts';
import { openSimulatorSource } from './simulator-source.ts';

/** A plant to try rules on: docs/connectors/simulator.md. */
export function createSimulatorConnector(): Connector {
  return { name: 'simulator', openSource: openSimulatorSource };
}
