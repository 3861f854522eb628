import type { Msg, MsgHdrs } from '@nats-io/transport-node';

/** None, too, where the client refuses to read them: other publishers may send what it would not. */
export function headersOf(message: Msg): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}
