import type { MessageContext } from './message-events.ts';

/** What is inside a message, unpacked. */
export interface MessageBody {
  take(bytes: Buffer, message: MessageContext): void;
}
