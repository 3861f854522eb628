/** NATS and QuestDB for tests, benchmarks and `millrace services`: found or installed, started, stopped. */
export { endDetached, isRunning } from './detached.js';
export { findNats } from './find-nats.js';
export { findQuestDb } from './find-questdb.js';
export { freePort, isPortFree } from './free-port.js';
export { provideNats, provideQuestDb, requireAnswer, withoutSecrets } from './from-environment.js';
export { startNats } from './nats.js';
export { SHORT_LIVED, startQuestDb } from './questdb.js';
export { ServiceError } from './service-error.js';
