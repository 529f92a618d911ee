/** The price table of the gateway as text: what `@pydantic/genai-prices` knows, less what is not about tokens. */
import { waitForUpdate } from '@pydantic/genai-prices';
import { namesIn, patternIn } from './match-rule.ts';
import { type PublishedModel, sheetsOf } from './sheets.ts';

interface PublishedProvider {
  readonly id: string;
  readonly api_pattern: string;
  readonly fallback_model_providers?: readonly string[];
  readonly models: readonly PublishedModel[];
}

/** One line a model, so that a change of prices is a line of a diff. */
export async function priceTableText(): Promise<string> {
  const published: readonly PublishedProvider[] = (await waitForUpdate()) ?? [];
  const providers = published.map(providerText).join(',\n');
  return `{"providers": [\n${providers}\n]}\n`;
}

function providerText(provider: PublishedProvider): string {
  const { id, api_pattern: address, fallback_model_providers: fallback = [] } = provider;
  const models = provider.models.map(({ match, prices }) =>
    JSON.stringify({ names: namesIn(match), pattern: patternIn(match), sheets: sheetsOf(prices) }),
  );
  const head = JSON.stringify({ id, address: `^(?:${address})`, fallback }).slice(0, -1);
  return `${head},"models": [\n${models.join(',\n')}\n]}`;
}
