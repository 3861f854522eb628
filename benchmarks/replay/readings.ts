import { DuckDBInstance } from '@duckdb/node-api';

/** One machine with so many sensors, all read a thousand times a second. */
export const SENSORS = 20;
export const READINGS_PER_SECOND = 1_000;

const START = '2026-03-02 00:00:00';

/** `s01` … `s20` */
export const NAMES = Array.from({ length: SENSORS }, (_, at) => `s${String(at + 1).padStart(2, '0')}`);

/**
 * Writes readings as a measuring system does: a row has a time and a column for each sensor. Each sensor is a wave of its own with noise;
 * once in a minute one of them is high for two seconds. The same rows in each run.
 */
export async function writeParquet(path: string, rows: number): Promise<void> {
  await query(`COPY (${readingsOf(rows)}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 122880)`);
}

/** The same as JSON objects, one a row, their time in microseconds. */
export async function jsonOf(path: string): Promise<readonly string[]> {
  const columns = ['epoch_us(ts) AS ts', 'machine', ...NAMES].join(', ');
  const found = await query(`SELECT to_json(t)::VARCHAR FROM (SELECT ${columns} FROM read_parquet('${path}')) AS t`);
  return found.map(([text]) => String(text));
}

function readingsOf(rows: number): string {
  const sensors = NAMES.map((name, at) => {
    const wave = `${20 + at} + ${5 + (at % 4)} * sin(i / ${(at + 1) * 970}.0)`;
    const noise = `(hash(i * ${SENSORS} + ${at}) % 100000) / 100000.0`;
    const high = `CASE WHEN i % 60000 < 2000 AND (i // 60000) % ${SENSORS} = ${at} THEN 40 ELSE 0 END`;
    return `CAST(${wave} + ${noise} + ${high} AS DOUBLE) AS ${name}`;
  });
  const time = `TIMESTAMP '${START}' + to_microseconds(i * ${1_000_000 / READINGS_PER_SECOND})`;
  return `SELECT ${time} AS ts, 'm1' AS machine, ${sensors.join(', ')} FROM range(${rows}) AS t(i) ORDER BY i`;
}

async function query(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
