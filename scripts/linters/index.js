/** What holds the files of `deploy/` to their formats: linters and schemas, installed where they are missing. */
export { findComposeSchema } from './compose-schema.js';
export { findHadolint } from './hadolint.js';
export { findHelm, lintChart, renderChart } from './helm.js';
export { findKubernetesSchemas } from './kubernetes-schemas.js';
