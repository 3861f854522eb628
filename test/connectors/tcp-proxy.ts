import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Side = 'client' | 'server';

/** Changes what a server sends on one connection, in pieces of any size. */
export type Rewriter = { rewrite(bytes: Buffer): Buffer };

/** A network between two programs that fails when a test says so. */
export class TcpProxy {
  readonly port: number;
  readonly #targetPort: number;
  readonly #server;
  readonly #createRewriter: () => Rewriter;
  readonly #pairs = new Set<Pair>();
  #isRefusing = false;
  #isStalled = false;
  readonly #cuts: { [Towards in Side]: Cut | null } = { client: null, server: null };
  connections = 0;

  private constructor(
    server: ReturnType<typeof createServer>,
    options: { readonly targetPort: number; readonly createRewriter: () => Rewriter },
  ) {
    this.#server = server;
    this.#targetPort = options.targetPort;
    this.#createRewriter = options.createRewriter;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', client => this.#accept(client));
  }

  static async start(targetPort: number, createRewriter: () => Rewriter = () => UNCHANGED): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, { targetPort, createRewriter });
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Ends all connections; new ones are accepted. */
  cut(): void {
    for (const pair of this.#pairs) end(pair);
  }

  /** Ends all connections and accepts none until `restore`. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** Connections stay, and nothing comes through until `restore`. */
  stall(): void {
    this.#isStalled = true;
    for (const { client, server } of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** What is sent on these connections from now on is lost, and neither side hears of it; new ones are as ever. */
  swallow(): void {
    for (const pair of this.#pairs) pair.isSwallowed = true;
  }

  /** Ends those that are left of them, and says how many these are: the others were given up by a program. */
  cutSwallowed(): number {
    const left = [...this.#pairs].filter(pair => pair.isSwallowed);
    for (const pair of left) end(pair);
    return left.length;
  }

  /**
   * Cuts a connection once all have carried this much more towards one side, in the middle of whatever that is; resolves
   * then.
   */
  async cutAfter(bytes: number, towards: Side = 'client'): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#cuts[towards] = { bytes, done: resolve };
    await promise;
  }

  restore(): void {
    this.#isRefusing = false;
    this.#isStalled = false;
    for (const { client, server } of this.#pairs) {
      client.resume();
      server.resume();
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
    const server = connect(this.#targetPort, '127.0.0.1');
    const pair: Pair = { client, server, isSwallowed: false };
    this.#pairs.add(pair);
    const rewriter = this.#createRewriter();
    client.on('data', bytes => this.#forward(bytes, pair, 'server'));
    server.on('data', bytes => this.#forward(rewriter.rewrite(bytes), pair, 'client'));
    for (const socket of [client, server]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        end(pair);
        this.#pairs.delete(pair);
      });
    }
    if (this.#isStalled) this.stall();
  }

  #forward(bytes: Buffer, pair: Pair, towards: Side): void {
    if (pair.isSwallowed) return;
    const from = pair[towards === 'client' ? 'server' : 'client'];
    const to = pair[towards];
    const cut = this.#cuts[towards];
    if (cut !== null && bytes.length >= cut.bytes) {
      this.#cuts[towards] = null;
      to.end(bytes.subarray(0, cut.bytes));
      from.destroy();
      return cut.done();
    }
    if (cut !== null) cut.bytes -= bytes.length;
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => {
      if (!this.#isStalled) from.resume();
    });
  }
}

type Pair = { readonly client: Socket; readonly server: Socket; isSwallowed: boolean };

type Cut = { bytes: number; readonly done: () => void };

function end({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}

const UNCHANGED: Rewriter = { rewrite: bytes => bytes };
