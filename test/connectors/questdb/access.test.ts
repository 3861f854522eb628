import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Runs } from '../../store-outages/plant.ts';
import { type QuestDbServer, startQuestDb } from './questdb-server.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 }); // a server starts in seconds, or in many

const SECRET = 'very-secret-4127';
const PUMPS = `
stream pump from file "pumps.csv" { key pump: symbol  temp: float degC  time at as iso }
store pump
`;
const READINGS = 'pump,temp,at\np1,20,2026-01-01T00:00:00Z\np1,21,2026-01-01T00:00:01Z\n';

let folder: string;
let server: QuestDbServer;
let proxy: Server;
let address: string;
let asked = ''; // what came through the proxy

/** QuestDB as it is, and TLS in front of it. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-access-'));
  server = await startQuestDb({
    directory: join(folder, 'questdb'),
    config: { 'http.user': 'mill', 'http.password': SECRET },
  });
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const certificate = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  const names = ['-subj', '/CN=millrace test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...certificate, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  proxy = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, inner => {
    const outer = connect(Number(new URL(server.url).port), '127.0.0.1');
    inner.on('data', chunk => (asked += chunk.toString('latin1')));
    inner.pipe(outer).pipe(inner);
    for (const socket of [inner, outer]) socket.on('error', () => {});
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  address = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`; // as: it listens on TCP
});

afterAll(async () => {
  proxy.close();
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function run(questDb: Readonly<Record<string, unknown>>) {
  asked = '';
  const settings = JSON.stringify({ questdb: questDb });
  const runs = new Runs({}, { 'plant.mill': PUMPS, 'pumps.csv': READINGS, 'millrace.yaml': settings });
  const ended = await runs.runToTheEnd();
  expect(ended.said).not.toContain(SECRET);
  return ended;
}

it('a run writes over TLS, as a user with a password', async () => {
  const tls = { ca: join(folder, 'cert.pem') };
  expect(await run({ url: address, user: 'mill', password: SECRET, tls })).toMatchObject({ code: 0, said: '' });
  const authorization = `Basic ${Buffer.from(`mill:${SECRET}`).toString('base64')}`;
  expect(asked).toContain(`authorization: ${authorization}\r\n`);
  const query = async () => {
    const text = 'SELECT pump, temp FROM pump ORDER BY time';
    const headers = { authorization };
    const response = await fetch(`${server.url}/exec?nm=true&query=${encodeURIComponent(text)}`, { headers });
    return ((await response.json()) as { dataset: unknown }).dataset;
  };
  await expect.poll(query, { timeout: 10_000 }).toEqual([
    ['p1', 20],
    ['p1', 21],
  ]);
});

it.each([
  ['a wrong password', { user: 'mill', password: `${SECRET}-wrong` }, `Basic ${basic('mill', `${SECRET}-wrong`)}`],
  ['a wrong token', { token: `${SECRET}-token` }, `Bearer ${SECRET}-token`],
  ['no user', {}, null],
])('%s is refused, and the message says what to set', async (_, login, sent) => {
  const ended = await run({ url: address, ...login, tls: { ca: join(folder, 'cert.pem') } });
  expect(ended).toMatchObject({
    code: 3,
    said: expect.stringMatching(
      /error\[MR5201\].*refuses this user or token[\s\S]*set `user` and `password`, or `token`/,
    ),
  });
  if (sent === null) expect(asked).not.toContain('authorization');
  else expect(asked).toContain(`authorization: ${sent}\r\n`);
});

it.each([
  ['a server whose certificate nobody knows', () => ({ url: address }), /self-signed certificate/],
  [
    'a server without TLS',
    () => ({ url: server.url.replace('http:', 'https:') }),
    /wrong version number|packet length/,
  ],
])('%s is not trusted, at once', async (_, settings, words) => {
  const ended = await run({ ...settings(), user: 'mill', password: SECRET });
  expect(ended).toMatchObject({ code: 3, said: expect.stringMatching(/error\[MR5214\][\s\S]*`tls: \{ ca \}`/) });
  expect(ended.said).toMatch(words);
});

function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}
