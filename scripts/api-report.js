/** The public surface of the package as text, one report an entry point: a change of it is a change of `api/`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const ENTRIES = { millrace: 'dist/index.d.ts', conformance: 'dist/embed/conformance.d.ts' };

/** By the name of its file in `api/`. `folder` is a package whose `dist/` is built. */
export function apiReports(folder) {
  const reports = Object.entries(ENTRIES).map(([name, entry]) => [`${name}.api.md`, reportOf(folder, name, entry)]);
  return Object.fromEntries(reports);
}

function reportOf(folder, name, entry) {
  const reportFolder = mkdtempSync(join(tmpdir(), 'millrace-api-'));
  try {
    const configObject = {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, entry),
      compiler: { overrideTsconfig: { compilerOptions: COMPILER, files: [join(folder, entry)] } },
      apiReport: { enabled: true, reportFileName: `${name}.api.md`, reportFolder, reportTempFolder: reportFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: name === 'millrace' ? MESSAGES : { ...MESSAGES, extractorMessageReporting: NOTHING },
    };
    const config = ExtractorConfig.prepare({
      configObject,
      configObjectFullPath: undefined,
      packageJsonFullPath: join(folder, 'package.json'),
    });
    const problems = [];
    const messageCallback = message => {
      if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.text);
      message.handled = true;
    };
    Extractor.invoke(config, { localBuild: true, messageCallback });
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return readFileSync(join(reportFolder, `${name}.api.md`), 'utf8');
  } finally {
    rmSync(reportFolder, { recursive: true });
  }
}

const COMPILER = {
  target: 'es2022',
  lib: ['es2024'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  typeRoots: [join(import.meta.dirname, '../node_modules/@types')],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
};

const NOTHING = { default: { logLevel: 'none' } };

/** What is exported names nothing that is not. `conformance` stands beside the main entry point, which has its types. */
const MESSAGES = {
  extractorMessageReporting: {
    ...NOTHING,
    'ae-forgotten-export': { logLevel: 'error' },
  },
  compilerMessageReporting: { default: { logLevel: 'error' } },
  tsdocMessageReporting: NOTHING,
};
