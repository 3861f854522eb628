import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between two programs that fails when a test says so. */
export class TcpProxy {
  readonly port: number;
  readonly #targetPort: number;
  readonly #server;
  readonly #pairs = new Set<{ readonly client: Socket; readonly target: Socket }>();
  #isRefusing = false;
  #isStalled = false;
  #cutAfterBytes = Infinity;
  connections = 0;

  private constructor(server: ReturnType<typeof createServer>, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', client => this.#accept(client));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, targetPort);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Ends all connections; new ones are accepted. */
  cut(): void {
    for (const { client, target } of this.#pairs) {
      client.destroy();
      target.destroy();
    }
  }

  /** Ends all connections and accepts none until `restore`. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** Connections stay, and nothing comes through until `restore`. */
  stall(): void {
    this.#isStalled = true;
    for (const { client, target } of this.#pairs) {
      client.pause();
      target.pause();
    }
  }

  /** Cuts the connection once it has carried this much more towards the client, in the middle of whatever that is. */
  cutAfter(bytes: number): void {
    this.#cutAfterBytes = bytes;
  }

  restore(): void {
    this.#isRefusing = false;
    this.#isStalled = false;
    for (const { client, target } of this.#pairs) {
      client.resume();
      target.resume();
    }
  }

  async close(): Promise<void> {
    this.refuse();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.destroy();
      return;
    }
    this.connections++;
    const target = connect(this.#targetPort, '127.0.0.1');
    const pair = { client, target };
    this.#pairs.add(pair);
    client.on('data', bytes => this.#forward(bytes, { from: client, to: target }));
    target.on('data', bytes => this.#forwardToClient(bytes, pair));
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
    if (this.#isStalled) this.stall();
  }

  #forwardToClient(bytes: Buffer, { client, target }: { readonly client: Socket; readonly target: Socket }): void {
    if (bytes.length < this.#cutAfterBytes) {
      this.#cutAfterBytes -= bytes.length;
      return this.#forward(bytes, { from: target, to: client });
    }
    const last = bytes.subarray(0, this.#cutAfterBytes);
    this.#cutAfterBytes = Infinity;
    client.end(last);
    target.destroy();
  }

  #forward(bytes: Buffer, { from, to }: { readonly from: Socket; readonly to: Socket }): void {
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => {
      if (!this.#isStalled) from.resume();
    });
  }
}
