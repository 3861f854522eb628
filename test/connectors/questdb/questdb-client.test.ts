import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { RowBuffer } from '../../../connectors/questdb/row-buffer.ts';
import type { QuestDbSettings } from '../../../connectors/questdb/settings.ts';
import { differenceOf } from '../../../connectors/questdb/table-watch.ts';

/** What a real server does only when it must: fail, be slow, say odd things. */
type Answer = { readonly status: number; readonly body?: string } | 'cut' | 'never';
let server: Server | undefined;
let client: QuestDbClient | undefined;
const bodies: string[] = [];

afterEach(async () => {
  await client?.close();
  server?.closeAllConnections();
  server?.close();
  bodies.length = 0;
});

async function clientOf(answers: readonly Answer[], settings: Partial<QuestDbSettings> = {}): Promise<QuestDbClient> {
  const left = [...answers];
  server = createServer(async (request, response) => {
    bodies.push(await bodyOf(request));
    answer(left.shift() ?? { status: 204 }, request, response);
  });
  await new Promise<void>(resolve => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number }; // as: a TCP server's
  client = new QuestDbClient({ url: `http://127.0.0.1:${port}`, ...settings });
  return client;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // as: there is no encoding
  return Buffer.concat(chunks).toString();
}

function answer(given: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (given === 'cut') request.socket.destroy();
  else if (given !== 'never') response.writeHead(given.status).end(given.body);
}

function rowsOf(...lines: string[]): RowBuffer {
  const rows = new RowBuffer();
  for (const line of lines) rows.endRow(rows.usedBytes + rows.bytes.write(`${line}\n`, rows.usedBytes), 1);
  return rows;
}

const options = { previous: null, onTooLarge: () => {} };
const refusal = (message: string) => ({ status: 400, body: JSON.stringify({ code: 'invalid', message, line: 2 }) });

describe('writing', () => {
  it('sends the same bytes again after failures of the server, a lost connection and a full disk', async () => {
    const full = JSON.stringify({ code: 'internal error', message: 'No space left', line: 1 });
    const to = await clientOf([{ status: 500, body: full }, 'cut', { status: 503 }, { status: 429 }]);
    await to.write('t', rowsOf('t a=1i 1t', 't a=2i 2t'), options);
    expect(bodies).toEqual(Array(5).fill('t a=1i 1t\nt a=2i 2t\n'));
  });

  it('gives up for the caller to go on, with what the server said', async () => {
    const to = await clientOf(
      Array.from({ length: 20 }, () => ({ status: 500, body: '{"message":"No space left"}' })),
      { retryMs: 100 },
    );
    await expect(to.write('t', rowsOf('t a=1i 1t'), options)).rejects.toMatchObject({
      code: 'MR5200',
      retry: 'backoff',
      message: expect.stringContaining('No space left'),
    });
  });

  it('takes a server that does not answer in time for away', async () => {
    const to = await clientOf(['never', 'never'], { timeoutMs: 1_000, retryMs: 0 });
    await expect(to.write('t', rowsOf('t a=1i 1t'), options)).rejects.toMatchObject({
      code: 'MR5200',
      retry: 'backoff',
    });
  });

  it.each([
    ['error in line 2: table: t; table does not exist, creating new tables is disabled', 'MR5205', 't'],
    [
      'error in line 2: table: t, column: a; cast error from protocol type: STRING to column type: DOUBLE',
      'MR5210',
      'column: a',
    ],
    ['something new', 'MR5210', 'row 2 of the request: something new'],
  ])('says what QuestDB refuses: %s', async (message, code, part) => {
    const to = await clientOf([refusal(message)]);
    await expect(to.write('t', rowsOf('t a="x" 1t'), options)).rejects.toMatchObject({
      code,
      retry: 'never',
      message: expect.stringContaining(part),
    });
    expect(bodies.length).toBe(1);
  });

  it('does not finish a request before the one in front of it, and fails with it', async () => {
    const to = await clientOf([]);
    const front = Promise.withResolvers<void>();
    const behind = to.write('t', rowsOf('t a=1i 1t'), { ...options, previous: front.promise });
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(bodies).toEqual([]);
    front.resolve();
    await behind;
    expect(bodies).toEqual(['t a=1i 1t\n']);
    const failed = Promise.reject(new Error('in front'));
    failed.catch(() => {}); // told by the write behind
    await expect(to.write('t', rowsOf('t a=2i 1t'), { ...options, previous: failed })).rejects.toThrow('in front');
    expect(bodies).toEqual(['t a=1i 1t\n']);
  });
});

it.each([
  [{ url: 'questdb:9000' }],
  [{ url: 'ftp://localhost' }],
  [{ url: 'http://user:secret@localhost:9000' }],
  [{ url: 'http://localhost:9000/write' }],
  [{ url: 'http://localhost:9000', user: 'secret' }],
  [{ url: 'http://localhost:9000', user: 'a', password: 'secret', token: 'secret' }],
  [{ url: 'https://localhost:9000', tls: { caFile: '/none' } }],
] satisfies [QuestDbSettings][])('refuses the settings %j without telling secrets', settings => {
  const made = () => new QuestDbClient(settings);
  expect(made).toThrow(expect.objectContaining({ code: 'MR5212', message: expect.not.stringContaining('secret') }));
});

it('knows a table that was put back from a backup', () => {
  const before = { id: 6, transaction: 10 };
  const now = (id: number, transaction: number) => ({ id, transaction, appliedTransaction: 0, suspendedFor: null });
  expect(differenceOf(before, now(6, 10))).toBeNull();
  expect(differenceOf(before, now(6, 9))).toContain('newest transactions');
  expect(differenceOf(before, now(7, 10))).toContain('made anew');
  expect(differenceOf(before, null)).toContain('not there');
});
