/** The suite of some client libraries: each with every provider, against what the catalogue says. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { exceptionFor, type LibraryId, libraries } from '../catalogue.ts';
import type { UpstreamFormat } from '../dialects/index.ts';
import type { Client } from './client.ts';
import { featuresWith } from './feature-ids.ts';
import { features, type Stage } from './features.ts';
import { startTheatre, type Theatre, upstreamFormats } from './theatre.ts';

const providers = {
  'openai-chat': 'a Chat Completions provider',
  'openai-responses': 'a Responses provider',
  'anthropic-messages': 'Claude',
  gemini: 'Gemini',
} as const satisfies { readonly [format in UpstreamFormat]: string };

interface Suite {
  readonly ids: readonly LibraryId[];
  /** Why they cannot be tried here. */
  readonly missing?: string | undefined;
  readonly clients: readonly Client[];
}

export function describeClients(name: string, { ids, missing, clients }: Suite): void {
  describe(name, { skip: missing ?? false }, () => {
    let theatre: Theatre;
    before(async () => {
      theatre = await startTheatre(ids);
    });
    after(() => theatre.close());
    for (const id of ids)
      for (const format of upstreamFormats)
        it(`${libraries[id]} does what the table says with ${providers[format]}`, async () => {
          const client = clients.find((one) => one.id === id);
          assert.ok(client);
          assert.deepEqual(await surprises(theatre.stage(client, format)), []);
        });
  });
}

/** What went otherwise than the catalogue says. */
async function surprises(stage: Stage): Promise<readonly string[]> {
  const { client, format } = stage;
  const found: string[] = [];
  for (const feature of featuresWith(format)) {
    const problem = await features[feature](stage).then(() => undefined, String);
    const exception = exceptionFor({ client: client.id, format, feature });
    if (problem !== undefined && exception === undefined) found.push(`${feature}: ${problem}`);
    if (problem === undefined && exception !== undefined)
      found.push(`${feature}: works, although the catalogue says: ${exception.reason}`);
  }
  return found;
}
