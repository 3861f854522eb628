import { createHash } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

const decoder = new TextDecoder();

/** An operator, an account with JetStream and a user, as `nsc` makes them: the server's part and the user's file. */
export function makeCredentials(): { readonly config: string; readonly file: string } {
  const [operator, system, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const operatorToken = token(operator, operator, {
    type: 'operator',
    version: 2,
    system_account: system.getPublicKey(),
  });
  const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const accountToken = token(operator, account, { type: 'account', version: 2, limits: { ...limits, ...storage } });
  const systemToken = token(operator, system, { type: 'account', version: 2, limits });
  const userToken = token(account, user, {
    type: 'user',
    version: 2,
    pub: {},
    sub: {},
    subs: -1,
    data: -1,
    payload: -1,
  });
  return {
    config: `operator: ${operatorToken}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: { ${account.getPublicKey()}: ${accountToken}, ${system.getPublicKey()}: ${systemToken} }`,
    file: `-----BEGIN NATS USER JWT-----
${userToken}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${decoder.decode(user.getSeed())}
------END USER NKEY SEED------
`,
  };
}

export function makeUser(): { readonly publicKey: string; readonly seed: string } {
  const user = nkeys.createUser();
  return { publicKey: user.getPublicKey(), seed: decoder.decode(user.getSeed()) };
}

function token(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const claims = { iat: 1_760_000_000, iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name: 'test', nats };
  const jti = createHash('sha256').update(JSON.stringify(claims)).digest('hex');
  const body = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded({ ...claims, jti })}`;
  return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString('base64url')}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
