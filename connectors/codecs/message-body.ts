/** What is inside a message, unpacked. */
export interface MessageBody {
  take(bytes: Buffer): void;
}
