import { MillraceError } from '../../engine/errors.ts';

/** The server is away, or not well: it is tried again. */
export function notReached(origin: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError('MR5200', `QuestDB at ${origin} does not answer as it should: ${what}`, {
    hint: 'writing goes on when it is back; nothing is lost, since reading waits',
    domain: 'external',
    retry: 'backoff',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function notAdmitted(origin: string, status: number): MillraceError {
  return new MillraceError('MR5201', `QuestDB at ${origin} refuses this user or token (${status})`, {
    hint: 'set `user` and `password`, or `token`, to what the server knows, with the right to write these tables',
  });
}

export function notTrusted(origin: string, what: string, cause: unknown): MillraceError {
  return new MillraceError('MR5214', `there is no trusted connection to QuestDB at ${origin}: ${what}`, {
    hint: 'set `tls: { ca }` of `questdb` to the authority that signed its certificate, and use `https://` where it speaks TLS, under the name that is in the certificate',
    domain: 'external',
    cause,
  });
}

export function autoCreates(origin: string): MillraceError {
  return new MillraceError('MR5202', `QuestDB at ${origin} creates tables that it does not know`, {
    hint: 'a dropped table would come back without its key and its bounds: set `line.auto.create.new.tables=false` and `line.auto.create.new.columns=false` in its server.conf and restart it',
  });
}

export function otherShape(table: string, what: string, hint: string): MillraceError {
  return new MillraceError('MR5203', `the table ${table} has another shape than the series: ${what}`, { hint });
}

export function tableLost(table: string, what: string): MillraceError {
  return new MillraceError('MR5205', `the table ${table} is not the one that was written to: ${what}`, {
    hint: 'start the run again: it goes on from its last checkpoint, makes the table if need be, and writes what came since',
    domain: 'external',
  });
}

export function suspended(table: string, why: string): MillraceError {
  return new MillraceError(
    'MR5206',
    `QuestDB has suspended the table ${table}: ${why === '' ? 'it gives no reason' : why}`,
    {
      hint: `put the cause right, then run ALTER TABLE "${table}" RESUME WAL; writing goes on then`,
      domain: 'external',
      retry: 'backoff',
    },
  );
}

export function rowsRefused(table: string, what: string): MillraceError {
  return new MillraceError('MR5210', `QuestDB refuses rows of the table ${table}: ${what}`, {
    hint: 'the table may have been changed by hand; `millrace setup` shows how it differs from the series',
    domain: 'external',
  });
}

export function queryFailed(query: string, what: string): MillraceError {
  const shown = query.length > 300 ? `${query.slice(0, 300)}…` : query;
  return new MillraceError('MR5211', `QuestDB cannot run a query: ${what}: ${shown}`, {
    hint: 'this user may lack a right, or the version of QuestDB is another than 9.3',
    domain: 'external',
  });
}
