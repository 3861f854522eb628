import { expect, test } from 'vitest';
import { natsSettings, questDbSettings } from '../../apps/cli/server-settings.ts';

test('servers are on this machine unless something is said', () => {
  expect(natsSettings(undefined, {})).toMatchObject({ servers: ['nats://127.0.0.1:4222'] });
  expect(questDbSettings(undefined, {})).toEqual({ url: 'http://127.0.0.1:9000' });
});

test('the settings of millrace.yaml are those of the connectors', () => {
  const nats = {
    servers: 'nats://a:1',
    user: 'u',
    password: 'p',
    tls: { ca: 'ca.pem', cert: 'c.pem', key: 'k.pem' },
    streams: { 'plant.>': 'PLANT' },
    actions: 'actions.>',
    maxWaitingBytes: '1MB',
    tickEvery: '250ms',
  };
  expect(natsSettings(nats, {})).toEqual({
    name: 'millrace',
    servers: ['nats://a:1'],
    login: { kind: 'password', user: 'u', password: 'p' },
    tls: { caFile: 'ca.pem', certFile: 'c.pem', keyFile: 'k.pem' },
    streams: { 'plant.>': 'PLANT' },
    actions: 'actions.>',
    maxWaitingBytes: 1_000_000,
    tickEveryMs: 250,
  });
  expect(questDbSettings({ url: 'https://q:9000', token: 't', tls: { ca: 'ca.pem' } }, {})).toEqual({
    url: 'https://q:9000',
    token: 't',
    tls: { caFile: 'ca.pem' },
  });
});

test('the environment wins', () => {
  const environment = { MILLRACE_NATS_URL: 'nats://b:1,nats://c:1', MILLRACE_NATS_TOKEN: 'secret' };
  expect(natsSettings({ servers: ['nats://a:1'], token: 'written' }, environment)).toMatchObject({
    servers: ['nats://b:1', 'nats://c:1'],
    login: { kind: 'token', token: 'secret' },
  });
  expect(questDbSettings({ url: 'http://a:1' }, { MILLRACE_QUESTDB_URL: 'http://b:1' })).toEqual({ url: 'http://b:1' });
});

test.each(['actions.>.more', 'actions..x', '.actions', 'act ions', 'act*', 7])('%s is no subject', actions => {
  expect(() => natsSettings({ actions }, {})).toThrow('nats.actions is not a subject');
});
