import type { MessageCodec } from '../../../connectors/codecs/message-decoder.ts';
import type { MessageContext } from '../../../connectors/codecs/message-events.ts';
import { createMessageDecoder } from '../../../connectors/codecs/message-decoder.ts';
import type { SourceNode } from '../../../dsl/plan.ts';
import { SymbolTable } from '../../../engine/batch.ts';
import { BatchBuilder } from '../../../engine/batch/batch-builder.ts';
import { motorNode, type ReadRejection, type ReadRow, rowsOf } from '../sources.ts';

export type Decoded = { readonly rows: readonly ReadRow[]; readonly rejected: readonly ReadRejection[] };

type Message = { readonly payload: Uint8Array | string } & Partial<MessageContext>;

/** What messages give, one after the other through one decoder. */
export function decodeMessages(
  messages: readonly Message[],
  options: {
    readonly codec?: MessageCodec | null;
    readonly node?: SourceNode;
    readonly maxMessageBytes?: number;
    readonly maxInflatedBytes?: number;
  } = {},
): Decoded {
  const { codec = null, node = motorNode(), ...bounds } = options;
  const symbols = new SymbolTable();
  const builder = new BatchBuilder(node, symbols);
  builder.limit({ maxEvents: 1 });
  builder.arrivalUs = 5_000_000;
  const decoder = createMessageDecoder({ codec, builder, ...bounds });
  for (const { payload, ...context } of messages) {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    decoder.take(bytes, { sequence: 7, ...context });
  }
  const batch = builder.build();
  const names = node.fields.filter(({ name, isNeeded }) => isNeeded || node.key.includes(name)).map(({ name }) => name);
  const rejected = batch.rejected.map(({ code, reason, raw }) => ({ code, reason, raw }));
  return { rows: rowsOf(batch, names, symbols), rejected };
}

/** Bytes as they are written in specifications: `82 a1 61 01`. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}
