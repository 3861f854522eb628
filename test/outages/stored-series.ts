import { setTimeout as delay } from 'node:timers/promises';

export type StoredSeries = {
  readonly rawRows: number;
  readonly rawSequences: number;
  readonly lateRows: number;
  readonly panes: number;
  /** Of the panes, those that QuestDB's SAMPLE BY over the raw series gives, too. */
  readonly equalPanes: number;
  readonly sampledPanes: number;
  /** Rows that arrived before one of a lower sequence did. */
  readonly fallenArrivals: number;
};

/** What a QuestDB holds of the series of `RULES`, once all that it has acknowledged can be read. */
export async function storedSeries(url: string): Promise<StoredSeries> {
  await applied(url);
  const [[rawRows, rawSequences, lateRows]] = await query(
    url,
    'select count(), count_distinct(seq), sum(late) from motor',
  );
  const [[panes]] = await query(url, 'select count() from motor_10s');
  const [[sampledPanes]] = await query(
    url,
    `select count() from (${SAMPLED} where dateadd('s', 12, time) <= (${NEWEST}))`,
  );
  const [[equalPanes]] = await query(
    url,
    `select count() from (${SAMPLED}) s join motor_10s m on (device) where s.time = m.time and s.n = m.n and s.low = m.low
     and s.high = m.high and s.rms_first = m.rms_first and s.rms_last = m.rms_last
     and abs(s.temp_avg - m.temp_avg) <= 1e-12 * abs(m.temp_avg) and abs(s.rms_sum - m.rms_sum) <= 1e-12 * abs(m.rms_sum)`,
  );
  const [[fallenArrivals]] = await query(url, `select count() from (${ARRIVALS}) where us < before`);
  return { rawRows, rawSequences, lateRows, panes, equalPanes, sampledPanes, fallenArrivals } as StoredSeries;
}

/** The highest sequence that can be read; 0: none, or the server is away. */
export async function lastStored(url: string): Promise<number> {
  try {
    const [[last]] = await query(url, 'select max(seq) from motor');
    return last ?? 0;
  } catch {
    return 0;
  }
}

/** Numbers; most queries give one row. */
export async function query(url: string, text: string): Promise<[[number, number, number], ...number[][]]> {
  const response = await fetch(`${url}/exec?limit=10000000&query=${encodeURIComponent(text)}`);
  const { dataset, error } = JSON.parse(await response.text());
  if (error !== undefined) throw new Error(`${error} in ${text}`);
  return dataset;
}

async function applied(url: string): Promise<void> {
  for (;;) {
    const [[open, suspended]] = await query(
      url,
      'select sum(case when writerTxn < sequencerTxn then 1 else 0 end), sum(case when suspended then 1 else 0 end) from wal_tables()',
    );
    if (suspended > 0) throw new Error('a table is suspended');
    if (open === 0) return;
    await delay(100);
  }
}

const SAMPLED = `select * from (select time, device, avg(temp) temp_avg, sum(rms) rms_sum, min(temp) low, max(temp) high,
  first(rms) rms_first, last(rms) rms_last, count() n from (motor where late = 0) sample by 10s align to calendar)`;
/** Each device has come so far. A pane is closed when its device is past its end by the stream's lateness, 2 s. */
const NEWEST = 'select min(t) from (select device, max(time) t from motor)';
const ARRIVALS = 'select cast(arrived as long) us, lag(cast(arrived as long)) over (order by seq) before from motor';
