/** What sets one kind of exchange apart from another: how it is read, put to an upstream and answered. */
import type { Detection, Format } from 'ai-api-converter';
import type { Target } from '../model/channel.ts';
import type { Ingress, Outcome } from '../model/exchange.ts';
import type { KnownTokens } from '../model/guard.ts';
import type { RawRequest } from '../model/http.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Answer } from './ask.ts';
import { readIngress } from './ingress.ts';
import { type Order, type Prepared, prepare } from './prepare.ts';
import { type RelayContext, relay } from './relay.ts';
import { upstreamFormat } from './upstream-format.ts';

export interface Kind {
  /** Throws what the client is told. `understood` hears the format as soon as it is known. */
  read(
    raw: RawRequest,
    snapshot: Snapshot,
    understood: (detection: Detection) => void,
  ): Promise<Ingress>;
  /** What is known of the tokens that a request will use. */
  tokens?(ingress: Ingress): KnownTokens;
  /** Whether one exchange continues another, which a channel may remember. */
  readonly isConversation: boolean;
  upstreamFormat(ingress: Ingress, target: Target): Format;
  /** Throws ConversionError or GatewayError for what cannot be asked of this target. */
  prepare(ingress: Ingress, order: Order): Prepared;
  relay(answer: Answer, context: RelayContext): Promise<Outcome> | Outcome;
}

export const generation: Kind = {
  read: readIngress,
  isConversation: true,
  upstreamFormat,
  prepare,
  relay,
};
