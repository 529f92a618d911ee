/** `npm run boundaries`: no module imports what the architecture forbids it. */
import { join } from 'node:path';
import { checkBoundaries } from './boundaries/check-boundaries.ts';
import { boundaries } from './boundaries/rules.ts';
import { report } from './source/report.ts';
import { readTree } from './source/tree.ts';

report('boundaries', checkBoundaries(readTree(join(import.meta.dirname, '..')), boundaries));
