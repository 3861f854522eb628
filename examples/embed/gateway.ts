import { setTimeout as pause } from 'node:timers/promises';
import type { CustomConnector } from 'millrace';

/** Reads a gateway that numbers its readings and gives those behind a number, some at a time. */
export const gateway: CustomConnector = {
  name: 'gateway',
  async *read({ address, after, signal }) {
    let last = after ?? 0;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${address}?after=${last}`, { signal });
        for (const { number, ...reading } of (await answer.json()) as { number: number }[]) {
          yield { content: reading, sequence: (last = number) };
        }
      } catch (error) {
        if (!signal.aborted) console.warn(`the gateway does not answer: ${error}`);
      }
      await pause(500, undefined, { signal }).catch(() => {});
    }
  },
};
