import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ConnectionOptions } from '@nats-io/transport-node';
import { credsAuthenticator, nkeyAuthenticator } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../connectors/nats/connect-options.ts';
import { SharedConnection } from '../../../connectors/nats/connection.ts';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import { makeCredentials, makeUser } from './credentials.ts';
import { openReader, Operator, ownServer, range, readNumbers, temporaryFolder } from './streams.ts';

const SECRET = 'very-secret-7319';

/** The login works, and another one is refused without showing what it was. */
async function checkLogin(options: {
  readonly config: string;
  readonly operator: ConnectionOptions;
  readonly right: Partial<NatsSettings>;
  readonly wrong: Partial<NatsSettings>;
  readonly code?: string;
}): Promise<void> {
  const server = await ownServer(options.config);
  const operator = await Operator.connect(server.url, options.operator);
  await operator.createStream();
  await operator.publish(1, 3);
  expect((await readNumbers(await openReader(server, { settings: options.right }), 3)).numbers).toEqual(range(1, 3));
  const error: unknown = await openReader(server, { settings: options.wrong }).catch(error => error);
  expect(error).toMatchObject({ code: options.code ?? 'MR5102' });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
}

describe('logging in', () => {
  it('by user and password', async () => {
    await checkLogin({
      config: `authorization { user: mill, password: ${SECRET}-right }`,
      operator: { user: 'mill', pass: `${SECRET}-right` },
      right: { login: { kind: 'password', user: 'mill', password: `${SECRET}-right` } },
      wrong: { login: { kind: 'password', user: 'mill', password: SECRET } },
    });
  });

  it('by token', async () => {
    await checkLogin({
      config: `authorization { token: ${SECRET}-right }`,
      operator: { token: `${SECRET}-right` },
      right: { login: { kind: 'token', token: `${SECRET}-right` } },
      wrong: { login: { kind: 'token', token: SECRET } },
    });
  });

  it('by nkey', async () => {
    const { publicKey, seed } = makeUser();
    await checkLogin({
      config: `authorization { users: [ { nkey: ${publicKey} } ] }`,
      operator: { authenticator: nkeyAuthenticator(Buffer.from(seed)) },
      right: { login: { kind: 'nkey', seed } },
      wrong: { login: { kind: 'nkey', seed: makeUser().seed } },
    });
    await checkLogin({
      config: '',
      operator: {},
      right: {},
      wrong: { login: { kind: 'nkey', seed: SECRET } },
      code: 'MR5112',
    });
  });

  it('by credentials file', async () => {
    const { config, file } = makeCredentials();
    const folder = temporaryFolder();
    const [right, wrong, broken] = ['right', 'wrong', 'broken'].map(name => join(folder, `${name}.creds`));
    writeFileSync(right!, file);
    writeFileSync(wrong!, makeCredentials().file);
    writeFileSync(broken!, SECRET);
    const operator = { authenticator: credsAuthenticator(Buffer.from(file)) };
    const login = (path: string) => ({ login: { kind: 'credentials' as const, file: path } });
    await checkLogin({ config, operator, right: login(right!), wrong: login(wrong!) });
    for (const path of [broken!, join(folder, 'none')]) {
      const error: unknown = await openReader({ url: 'nats://127.0.0.1:1' }, { settings: login(path) }).catch(e => e);
      expect(error).toMatchObject({ code: 'MR5112', message: expect.stringContaining(path) });
      expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
    }
  });

  it('is no part of an address', async () => {
    const settings = { servers: [`nats://mill:${SECRET}@127.0.0.1:4222`] };
    const error: unknown = await openReader({ url: '' }, { settings }).catch(error => error);
    expect(error).toMatchObject({ code: 'MR5112' });
    expect(inspect(error)).not.toContain(SECRET);
  });

  it('gives what a user needs, and says what it may not do', async () => {
    const server = await ownServer(
      'authorization { users: [ { user: a, password: a, permissions: { publish: ["x"] } }, { user: b, password: b } ] }',
    );
    const operator = await Operator.connect(server.url, { user: 'b', pass: 'b' });
    await operator.createStream();
    const settings: Partial<NatsSettings> = { login: { kind: 'password', user: 'a', password: 'a' } };
    await expect(openReader(server, { settings })).rejects.toMatchObject({
      code: 'MR5102',
      message: expect.stringContaining('$JS.API.STREAM.NAMES'),
    });
  });
});

describe('TLS', () => {
  it('with an own authority, a client certificate, and errors that say so', { timeout: 60_000 }, async () => {
    const { ca, cert, key } = makeCertificates();
    const config = `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${ca}", verify: true, timeout: 5 }`;
    const server = await ownServer(config);
    const operator = await Operator.connect(server.url, { tls: { caFile: ca, certFile: cert, keyFile: key } });
    await operator.createStream();
    await operator.publish(1, 3);
    const right = { caFile: ca, certFile: cert, keyFile: key };
    expect((await readNumbers(await openReader(server, { settings: { tls: right } }), 3)).numbers).toEqual(range(1, 3));
    for (const [tls, code] of [
      [{}, 'MR5103'],
      [{ caFile: ca }, 'MR5103'],
      [{ ...right, keyFile: join(ca, 'none') }, 'MR5112'],
    ] as const) {
      await expect(openReader(server, { settings: { tls } })).rejects.toMatchObject({ code });
    }
    await expect(openReader(server)).rejects.toMatchObject({ code: 'MR5103' });
    const plain = await ownServer();
    await expect(openReader(plain, { settings: { tls: right } })).rejects.toMatchObject({ code: 'MR5103' });
  });
});

describe('a connection', () => {
  it('that cannot be made is an error that is worth another attempt', async () => {
    const startMs = performance.now();
    await expect(openReader({ url: 'nats://127.0.0.1:1' })).rejects.toMatchObject({ code: 'MR5101', retry: 'backoff' });
    expect(performance.now() - startMs).toBeLessThan(6000);
  });

  it('is made to the next server where one is away', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 1);
    const reader = await openReader(server, { settings: { servers: ['nats://127.0.0.1:1', server.url] } });
    expect((await readNumbers(reader, 1)).numbers).toEqual([1]);
  });

  it('is shared, and closed with the last that uses it', async () => {
    const server = await ownServer();
    const connection = new SharedConnection({ servers: [server.url] });
    const leases = await Promise.all([connection.acquire(), connection.acquire()]);
    expect(leases[0]!.client).toBe(leases[1]!.client);
    await leases[0]!.release();
    await leases[0]!.release();
    expect(leases[1]!.client.isClosed()).toBe(false);
    await leases[1]!.release();
    expect(leases[1]!.client.isClosed()).toBe(true);
    const next = await connection.acquire();
    expect(next.client.isClosed()).toBe(false);
    await next.release();
  });

  it('comes back after a login that was refused for a while', { timeout: 60_000 }, async () => {
    const server = await ownServer('authorization { user: a, password: a }');
    const operator = await Operator.connect(server.url, { user: 'a', pass: 'a', ignoreAuthErrorAbort: true });
    await operator.createStream();
    const login = { kind: 'password', user: 'a', password: 'a' } as const;
    const reader = await openReader(server, { settings: { login } });
    await server.reconfigure('authorization { user: a, password: b }');
    await server.kill();
    await server.restart();
    await reader.source.read({ maxEvents: 1, signal: AbortSignal.timeout(2000) });
    await server.reconfigure('authorization { user: a, password: a }');
    await server.restart();
    await operator.publish(1, 1);
    expect((await readNumbers(reader, 1)).numbers).toEqual([1]);
  });

  it('waits longer each time, up to a bound, and not as long as others do', () => {
    const waits = (random: number) => {
      const backoff = new Backoff(5000, () => random);
      return range(1, 10).map(() => {
        backoff.failed();
        return backoff.waitMs;
      });
    };
    expect(waits(1)).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000]);
    expect(waits(0).every((wait, i) => wait === waits(1)[i]! / 2)).toBe(true);
  });
});

function makeCertificates(): { readonly ca: string; readonly cert: string; readonly key: string } {
  const folder = temporaryFolder();
  const [ca, caKey, cert, key, request, names] = ['ca.pem', 'ca.key', 'cert.pem', 'key.pem', 'csr.pem', 'san'].map(
    name => join(folder, name),
  ) as [string, string, string, string, string, string];
  writeFileSync(names, 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n');
  const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...newKey, '-keyout', caKey, '-out', ca, '-subj', '/CN=plant', '-days', '3650');
  run('req', ...newKey, '-keyout', key, '-out', request, '-subj', '/CN=localhost');
  run('x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-out', cert, '-extfile', names, '-days', '3650');
  return { ca, cert, key };
}
