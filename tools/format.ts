/** `npm run format`: lays out every file and sorts its imports. */
import { run } from './run.ts';

await run('biome', ['check', '--write', ...process.argv.slice(2), '.']);
