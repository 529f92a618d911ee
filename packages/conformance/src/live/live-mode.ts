/** The mode in which the gateway asks whatever providers it has. */
import { user } from '../ask.ts';
import type { Mode } from '../run.ts';
import { type LiveBench, liveCases } from './live-cases.ts';

export const liveMode: Mode<LiveBench> = {
  cases: liveCases,
  bench: (common) => ({
    ...common,
    ask: (ask, overrides) =>
      common.client.ask({
        ...common.endpoint,
        model: common.model,
        stream: false,
        ask,
        ...overrides,
      }),
  }),
  async whyNot({ client, endpoint, model }) {
    const ask = { turns: [user('Hello.')] };
    const { wire, failure } = await client.ask({ ...endpoint, model, stream: false, ask });
    const isAbsent = [404, 405, 501].includes(wire.status);
    return isAbsent ? `not served: status ${wire.status}: ${failure?.message}` : undefined;
  },
  // Nothing that these cases do harms anybody.
  recover: () => Promise.resolve(),
};
