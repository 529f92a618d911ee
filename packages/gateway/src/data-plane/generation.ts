/** Generation, the kind of exchange that nearly all are of: one in a wire format, converted or passed on. */
import type { Ingress } from '../model/exchange.ts';
import { type Answer, ask } from './ask.ts';
import { readGeneration } from './ingress.ts';
import type { Kind } from './kind.ts';
import { type Prepared, prepare } from './prepare.ts';
import { relay } from './relay.ts';
import { resume } from './resume.ts';
import { retain } from './retain.ts';
import { upstreamFormat } from './upstream-format.ts';

export const generation: Kind<Ingress, Prepared, Answer> = {
  costs: 'tokens',
  isConversation: true,
  tellsPace: true,
  read: readGeneration,
  route: (ingress, { snapshot, services }) =>
    resume(ingress, {
      routed: snapshot.route(ingress.model, ingress.caller?.key),
      responses: services.responses,
      newId: services.environment.newId,
    }),
  format: upstreamFormat,
  prepare,
  ask,
  relay(won, context) {
    const { losses } = won.prepared;
    const answer = retain(won, context);
    return answer instanceof Promise
      ? answer.then((kept) => relay(kept, losses, context))
      : relay(answer, losses, context);
  },
};
