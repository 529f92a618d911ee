/** Where OpenAI's clients ask for embeddings. */
import type { Probe } from '../../format.ts';
import type { EmbeddingCall } from '../contract.ts';

/** With and without `/v1`, since clients differ in what they take for the base; doubled by some. */
const path = /^(?:\/openai)?(?:\/v1){0,2}\/embeddings\/?$/;

/** Azure names the model in the path. */
const deploymentPath = /^\/openai\/deployments\/([^/]+)\/embeddings\/?$/;

export function recognize(probe: Pick<Probe, 'path'>): EmbeddingCall | undefined {
  if (path.test(probe.path)) return {};
  const model = deploymentPath.exec(probe.path)?.[1];
  return model === undefined ? undefined : { model };
}
