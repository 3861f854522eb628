import type { OwnCodecs } from '../codecs/message-decoder.ts';

/**
 * How a NATS cluster is reached and read: plain data from millrace.yaml and the environment, never from rule files.
 * What is not given has the default that docs/connectors/nats.md explains.
 */
export type NatsOptions = {
  /** `nats://host:4222`, `tls://host:4222`; the others are tried where one does not answer. */
  readonly servers: readonly string[];
  /** Under which the server lists the connection. */
  readonly name?: string;
  readonly login?: NatsLogin;
  readonly tls?: NatsTls;
  /** The JetStream domain, behind a leaf node. */
  readonly domain?: string;
  /** The JetStream stream for an address, where its subject alone does not tell: a mirror, a stream of sources. */
  readonly streams?: Readonly<Record<string, string>>;
  /** What the names of consumers begin with. */
  readonly consumerPrefix?: string;
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly reconnectMaxWaitMs?: number;
  readonly pingIntervalMs?: number;
  /** Bounds of what was delivered and waits to be read. */
  readonly maxWaitingMessages?: number;
  readonly maxWaitingBytes?: number;
  readonly idleHeartbeatMs?: number;
  readonly tickEveryMs?: number;
  readonly tickMarginMs?: number;
};

/** The same, and what the program around it adds. */
export type NatsSettings = NatsOptions & {
  /** The subject by which operators' actions come, may have wildcards. None: they come by no subject. */
  readonly actions?: string;
  /** Codecs of the program, beside those that there are. */
  readonly codecs?: OwnCodecs;
  /** What a user should know, and that stops nothing. */
  readonly onWarning?: (warning: NatsWarning) => void;
};

/** Who reads. */
export type NatsLogin =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'credentials'; readonly file: string }
  | { readonly kind: 'nkey'; readonly seed: string };

/** Paths of PEM files. With none of them, the system's authorities are trusted. */
export type NatsTls = {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The server speaks TLS from the first byte on (`handshake_first`). */
  readonly isHandshakeFirst?: boolean;
};

export type NatsWarning = { readonly code: string; readonly message: string; readonly hint?: string };
