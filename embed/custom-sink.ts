import type { Sink, SinkInput } from '../engine/connector.ts';
import { MillraceError } from '../engine/errors.ts';
import type { CustomConnector, SinkOutput } from './custom-connector.ts';

/** A connector of the program as a sink of the engine, which repeats a write that fails. */
export class CustomSink implements Sink {
  readonly maxInFlight = 1;
  readonly #connector: CustomConnector;
  readonly #address: string | null;

  constructor(connector: CustomConnector, address: string | null) {
    this.#connector = connector;
    this.#address = address;
  }

  async write(input: SinkInput): Promise<void> {
    try {
      await this.#connector.write!(outputOf(input), { address: this.#address });
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      const what = error instanceof Error ? error.message : String(error);
      const message = `${this.#connector.name} takes nothing: ${what}`;
      throw new MillraceError('MR5502', message, { domain: 'external', retry: 'backoff', cause: error });
    }
  }

  async position(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {}
}

function outputOf(input: SinkInput): SinkOutput {
  if (input.kind === 'alerts') return input;
  const { stream, fields, rows } = input.batch;
  return { kind: 'rows', stream, fields, rows };
}
