import { jobOfKeys } from './recovery/job-of-keys.ts';
const [workers, state, windows, every] = process.argv.slice(2);
const done = await jobOfKeys({ keys: 1_000_000, windows: Number(windows), fromWindow: 2, workerCount: Number(workers), stateDirectory: state === '-' ? null : state!, checkpointEveryMs: Number(every) });
const { events, seconds, cpuSeconds, mainCpuSeconds } = done.stretch;
console.log((events / seconds / 1e6).toFixed(2), 'M/s cpu', (cpuSeconds * 1e9 / events).toFixed(0), 'main', (mainCpuSeconds * 1e9 / events).toFixed(0), 'rss', process.memoryUsage().rss / 1e6 | 0, { ...done, stretch: undefined, checkpoints: done.checkpoints.map(c => [c.pauseMs.toFixed(1), c.durableMs.toFixed(0), (c.sizeBytes / 1e6).toFixed(1)].join(' ')) });
