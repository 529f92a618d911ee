/** What upstreams say where a model, or a whole server, makes no embeddings: for the client to mend. */
import { UpstreamRefusal } from '../../data-plane/failure.ts';
import type { Target } from '../../model/channel.ts';
import { GatewayError } from '../../model/errors.ts';

const WAY_OUT = 'ask for a model that does, such as text-embedding-3-small or gemini-embedding-001';

export function providerMakesNone({ channel, model }: Target): GatewayError {
  return new GatewayError(
    'not-offered',
    `channel ${channel.id} would be asked for ${model}, and its provider (${channel.provider.id}) makes no embeddings; ${WAY_OUT}`,
    { param: 'model' },
  );
}

/** With the way out, where that is what was meant; by its status neither channel nor key is to blame. */
export function understoodRefusal(cause: unknown, target: Target): unknown {
  if (!(cause instanceof UpstreamRefusal) || !meansNoEmbeddings(cause, target)) return cause;
  const { message, status } = cause.error;
  const { channel, model } = target;
  const told = `channel ${channel.id} makes no embeddings by ${model} (status ${status}: ${message}); ${WAY_OUT}`;
  const code = 'not_offered';
  const error = {
    kind: 'invalid-request',
    status: 400,
    code,
    param: 'model',
    message: told,
  } as const;
  return new UpstreamRefusal(error, cause.headers);
}

function meansNoEmbeddings({ error }: UpstreamRefusal, { model }: Target): boolean {
  const { status, message } = error;
  const isAbout = /embedding/i.test(message);
  // OpenAI: "You are not allowed to generate embeddings from this model", also of one that this account may not use.
  if (status === 403) return isAbout && !/embed/i.test(model);
  // llama.cpp: "This server does not support embeddings".
  if (status === 501) return isAbout;
  // Of a path that is not there nobody says a word of models, as of a model that is not there.
  return status === 404 && !/model|deployment/i.test(message) && !message.includes(model);
}
