import type { MeasuredPasses, MeasuredStore } from './measure-store.ts';

export function showStore({ telegraf, ours, theirs, timesQuicker, timesProcessorTime }: MeasuredStore): string {
  const line = (name: string, passes: MeasuredPasses): string => {
    const rate = Math.round(passes.rowsPerSecond.median / 1_000);
    return `    ${name.padEnd(36)} ${String(rate).padStart(5)}k rows/s   ${passes.processorSecondsPerMillion.median.toFixed(1)} s of processor time a million`;
  };
  return [
    '\nJetStream → QuestDB, one event a message',
    line('Millrace, raw and 1-minute series', ours),
    line(`${telegraf}, raw series`, theirs),
    `    ${timesQuicker.median.toFixed(2)} × the rate, ${timesProcessorTime.median.toFixed(2)} of the processor time`,
  ].join('\n');
}
