/** Values of signature fields that a client sends back: our envelopes, or a provider's own. */
import { isEnvelope, readEnvelope } from '../../envelope.ts';
import type { Seal } from '../../ir/part.ts';

/** In fields that hold what Anthropic signed; a damaged or empty envelope is no seal. */
export function anthropicSeal(kind: Seal['kind'], value: string | undefined): Seal | undefined {
  return sealOf(value, { format: 'anthropic-messages', kind });
}

/** In fields that hold what Google signed. */
export function googleSeal(value: string | undefined): Seal | undefined {
  return sealOf(value, { format: 'gemini', kind: 'signature' });
}

function sealOf(value: string | undefined, native: Omit<Seal, 'data'>): Seal | undefined {
  if (value === undefined || value === '') return undefined;
  if (isEnvelope(value)) return readEnvelope(value)?.seal;
  return { ...native, data: value };
}
