/** The mode in which our own provider stands behind the gateway. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ask, user } from './ask.ts';
import type { Bench, Common, Talk } from './cases/case.ts';
import { saying } from './cases/expect.ts';
import { scriptedCases } from './cases/index.ts';
import type { ScriptedProvider } from './provider/provider.ts';
import type { Mode } from './run.ts';

const recoveryMaxMs = 45_000;
const recoveryStepMs = 200;

export function scriptedMode(provider: ScriptedProvider): Mode<Bench> {
  const run = randomUUID().slice(0, 8);
  let count = 0;

  function bench(common: Common): Bench {
    const { client, endpoint, model } = common;
    return {
      ...common,
      async talk(ask, script, { stream = false, ...options } = {}) {
        const marker = `conformance-${++count}-${run}`;
        const arrived = provider.expect(marker, script);
        const exchange = await client.ask({
          ...endpoint,
          ...options,
          model,
          stream,
          ask: marked(ask, marker),
        });
        return { ...exchange, arrived };
      },
    };
  }

  function greet(common: Common): Promise<Talk> {
    return bench(common).talk({ turns: [user('Hello.')] }, () => ({ said: saying('Hello.') }));
  }

  return {
    cases: scriptedCases,
    bench,
    async whyNot(common) {
      const { arrived, wire, failure } = await greet(common);
      if (arrived.length > 0) return undefined;
      const isAbsent = [404, 405, 501].includes(wire.status);
      return isAbsent ? `not served: status ${wire.status}: ${failure?.message}` : undefined;
    },
    async recover(common) {
      const until = performance.now() + recoveryMaxMs;
      while (performance.now() < until) {
        const { wire } = await greet(common);
        if (wire.status === 200) return;
        await delay(recoveryStepMs);
      }
    },
  };
}

/** The marker stands in what the user says first, where no format and no gateway loses it. */
function marked(ask: Ask, marker: string): Ask {
  const first = ask.turns.findIndex(({ role }) => role === 'user');
  const turns = ask.turns.map((turn, at) => {
    return at === first ? { ...turn, text: `${turn.text} (${marker})` } : turn;
  });
  return { ...ask, turns };
}
