/** `npm run api`: writes the public surface as it is now to `api/`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiReports } from './api-report.js';
import { root } from './install.js';

await import('./build.js');
mkdirSync(join(root, 'api'), { recursive: true });
for (const [name, text] of Object.entries(apiReports(root))) writeFileSync(join(root, 'api', name), text);
