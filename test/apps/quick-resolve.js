/**
 * Most of a start is finding modules: asking for each whether it is there, where links lead, and of which kind its package is.
 * Of our own files, which name each other in full, all that is known. Preloaded by tests that start the command hundreds of times.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    if (context.parentURL === undefined || !/^\.\.?\/.*\.ts$/.test(specifier)) return next(specifier, context);
    return { url: new URL(specifier, context.parentURL).href, format: 'module-typescript', shortCircuit: true };
  },
});
