/** Cases of how an answer ends: its length, a filter, a refusal, the client's leaving. */
import { user } from '../ask.ts';
import { shown } from '../judge/problems.ts';
import type { Said } from '../provider/script.ts';
import { type Bench, type Case, NotApplicable } from './case.ts';
import { candidateOf, expectSaid, expectShape, lastArrived, saying, usage } from './expect.ts';

const leftWithinMs = 5_000;

export const endCases: readonly Case[] = [
  {
    id: 'length',
    feature: 'stop reasons',
    title: 'an answer that met its limit says so, and the limit reaches the provider',
    async run(bench) {
      const outputTokensMax = 64;
      for (const stream of [false, true]) {
        const said: Said = { ...saying('Once upon ', 'a'), finish: 'length' };
        const ask = { turns: [user('Tell a tale.')], outputTokensMax };
        const talk = await bench.talk(ask, () => ({ said }), { stream });
        expectSaid(bench, talk, said);
        expectShape(bench, talk, stream);
        const limit = lastArrived(talk).asked.outputTokensMax;
        bench.check(limit === outputTokensMax, `the limit arrived as ${limit}`);
      }
    },
  },
  {
    id: 'filter',
    feature: 'stop reasons',
    title: 'an answer that the provider broke off for safety is told as that',
    async run(bench) {
      for (const stream of [false, true]) {
        const said: Said = { ...saying('That ', 'is'), finish: 'filter' };
        const talk = await bench.talk({ turns: [user('Tell me.')] }, () => ({ said }), { stream });
        expectSaid(bench, talk, said);
        expectShape(bench, talk, stream);
      }
    },
  },
  {
    id: 'refusal',
    feature: 'stop reasons',
    title: "a model's refusal in words reaches the client",
    async run(bench) {
      if (bench.provider === 'anthropic' || bench.provider === 'gemini') {
        throw new NotApplicable("refusals in words of their own are OpenAI's alone");
      }
      for (const stream of [false, true]) {
        const said: Said = { refusal: 'I cannot help with that.', finish: 'stop', usage };
        const talk = await bench.talk({ turns: [user('Help me.')] }, () => ({ said }), { stream });
        const { text, refusal } = candidateOf(talk);
        bench.check(
          [text, refusal].includes(said.refusal ?? ''),
          `got ${shown({ text, refusal })}`,
        );
        expectShape(bench, talk, stream);
      }
    },
  },
  {
    id: 'cancel',
    feature: 'cancel',
    title: "when the client leaves, the provider's work is ended",
    run: expectCancelled,
  },
];

async function expectCancelled(bench: Bench): Promise<void> {
  const leaving = new AbortController();
  const over = Promise.withResolvers<boolean>();
  const timers = new Set<NodeJS.Timeout>();
  const after = (ms: number, act: () => void): void => void timers.add(setTimeout(act, ms));
  const talk = await bench.talk(
    { turns: [user('Speak on.')] },
    ({ left }) => {
      void left.then(() => over.resolve(true));
      after(leftWithinMs, () => leaving.abort());
      return { said: saying('First ', 'and last.'), hold: over.promise.then(() => undefined) };
    },
    {
      stream: true,
      signal: leaving.signal,
      onWords() {
        after(leftWithinMs, () => over.resolve(false));
        leaving.abort();
      },
    },
  );
  lastArrived(talk);
  // A gateway that held back the words until the client had left gets its time, too.
  after(leftWithinMs, () => over.resolve(false));
  bench.check(await over.promise, 'the gateway went on reading after the client had left');
  for (const timer of timers) clearTimeout(timer);
}
