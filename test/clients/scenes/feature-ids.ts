/** The names of what is tried. */
import type { UpstreamFormat } from '../dialects/index.ts';

export const featureIds = [
  'text',
  'stream',
  'usage',
  'tools',
  'streamed tools',
  'schema',
  'image',
  'reasoning',
  'streamed reasoning',
  'errors',
  'five turns',
  'five streamed turns',
  'seals return',
  'streamed seals return',
  'change of vendor',
] as const;

export type Feature = (typeof featureIds)[number];

/** The provider of Chat Completions seals nothing. */
export function featuresWith(format: UpstreamFormat): readonly Feature[] {
  if (format !== 'openai-chat') return featureIds;
  return featureIds.filter((id) => id !== 'seals return' && id !== 'streamed seals return');
}
