/** Dragoman's own report: `--write` brings the document up to date, else it is checked. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownReport } from '../../packages/conformance/src/report.ts';
import type { Result } from '../../packages/conformance/src/run.ts';
import { dragomansResults } from './dragoman.ts';

const path = join(import.meta.dirname, '../../docs/conformance.md');

const opening = `# Conformance

What [ai-gateway-conformance](../packages/conformance/README.md) finds when it asks Dragoman: every
client format, by its official SDK, over every provider, with a scripted provider behind the gateway.
\`npm run conformance\` writes this page, and a test holds it against what the gateway does.
\`responses\` are models that OpenAI serves by the Responses API alone.

`;

export function documentOf(results: readonly Result[]): string {
  return opening + markdownReport(results);
}

export function currentDocument(): string {
  return readFileSync(path, 'utf8');
}

if (import.meta.main) writeFileSync(path, documentOf(await dragomansResults()));
