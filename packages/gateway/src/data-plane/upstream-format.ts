/** In which of its provider's formats a channel is asked. */
import { type ChatRequest, ConversionError, type Format, type JsonObject } from 'ai-api-converter';
import type { Target } from '../model/channel.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';

/**
 * The client's own format where the provider speaks it and serves the request by it, so that the bytes
 * pass; else the one that the provider names, or its main one.
 */
export function upstreamFormat(ingress: Ingress, { channel, model }: Target): Format {
  const { formats } = channel.provider;
  const format = formats.includes(ingress.format) ? ingress.format : formats[0];
  return channel.formatFor({ format, model, request: () => decoded(ingress) });
}

/** Undefined: malformed, which whoever asks for it will say. */
function decoded(ingress: Ingress): ChatRequest | undefined {
  const { body } = ingress;
  // What an outline lacks may be what a message in it goes on from.
  return decodedFrom(body.outline, ingress) ?? decodedFrom(body.plain, ingress);
}

function decodedFrom(read: () => JsonObject, { format, call }: Ingress): ChatRequest | undefined {
  try {
    return format.client.decodeRequest(read(), call, () => undefined);
  } catch (cause) {
    if (cause instanceof ConversionError || cause instanceof GatewayError) return undefined;
    throw cause;
  }
}
