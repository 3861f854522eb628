import type { Connector } from '../../engine/connector.ts';

/** A plant to try rules on: docs/connectors/simulator.md. It is loaded when it is opened. */
export function createSimulatorConnector(): Connector {
  return {
    name: 'simulator',
    openSource: async options => (await import('./simulator-source.ts')).openSimulatorSource(options),
  };
}
