/** Cases of words: what is said and asked, whole and streamed. */
import { user } from '../ask.ts';
import { shown } from '../judge/problems.ts';
import { grammars } from '../judge/wire.ts';
import type { Bench, Case } from './case.ts';
import { answerOf, candidateOf, expectSaid, expectShape, lastArrived, saying } from './expect.ts';

/** Of every width in UTF-8, with a family that is one sign of eleven code units. */
const unicode = ['naïve ', 'Ωмега ', '日本語 ', '👩‍👩‍👧‍👦 ', '🏳️‍🌈', ' — "quoted" \\ \n\u2028 end'];

export const wordCases: readonly Case[] = [
  {
    id: 'text',
    feature: 'text',
    title: 'an answer arrives with its words, end and usage, in the shape of its format',
    async run(bench) {
      const said = saying('Hello ', 'from the provider.');
      const talk = await bench.talk({ turns: [user('Say hello.')] }, () => ({ said }));
      expectSaid(bench, talk, said);
      expectShape(bench, talk, false);
      const { asked, model } = lastArrived(talk);
      const told = asked.turns.map(({ pieces }) => pieces.join(' ')).join(' ');
      bench.check(told.includes('Say hello.'), `the provider was told ${shown(told)}`);
      bench.check(model !== '', 'the provider was asked for no model');
      bench.check(!asked.stream, 'the provider was asked for a stream');
    },
  },
  {
    id: 'stream',
    feature: 'streaming',
    title: 'a stream has the events of its format in their order, and loses no word',
    async run(bench) {
      const said = saying('One, ', 'two, ', 'three, ', 'four.');
      const talk = await bench.talk({ turns: [user('Count.')] }, () => ({ said }), {
        stream: true,
      });
      expectSaid(bench, talk, said);
      expectShape(bench, talk, true);
      bench.check(lastArrived(talk).asked.stream, 'the provider was not asked for a stream');
    },
  },
  {
    id: 'stream-at-once',
    feature: 'streaming',
    title: 'words reach the client while the provider still speaks',
    run: heardBeforeTheEnd,
  },
  {
    id: 'unicode',
    feature: 'unicode',
    title: 'signs of several bytes arrive whole, however the stream is cut',
    async run(bench) {
      for (const bytesAtOnce of [1, 3, 7]) {
        const said = saying(...unicode);
        const talk = await bench.talk(
          { turns: [user('Say something.')] },
          () => ({ said, bytesAtOnce }),
          { stream: true },
        );
        expectSaid(bench, talk, said);
        expectShape(bench, talk, true);
      }
    },
  },
  {
    id: 'unicode-asked',
    feature: 'unicode',
    title: 'what the user writes reaches the provider sign by sign',
    async run(bench) {
      const text = unicode.join('');
      const talk = await bench.talk({ turns: [user(text)] }, () => ({ said: saying('Yes.') }));
      const pieces = lastArrived(talk).asked.turns.flatMap((turn) => turn.pieces);
      bench.check(pieces.join('').includes(text), `the provider was told ${shown(pieces)}`);
    },
  },
  {
    id: 'system',
    feature: 'system',
    title: 'the instructions arrive as instructions, and not as words of the user',
    async run(bench) {
      const system = 'Answer like a pirate.';
      const said = saying('Arr.');
      const talk = await bench.talk({ system, turns: [user('Hello.')] }, () => ({ said }));
      const { asked } = lastArrived(talk);
      bench.check(asked.system.includes(system), `instructions: ${shown(asked.system)}`);
      const words = asked.turns.flatMap(({ pieces }) => pieces).join(' ');
      bench.check(!words.includes(system), 'the instructions stand among the words of a turn');
    },
  },
  {
    id: 'multi-turn',
    feature: 'multi-turn',
    title: 'every turn of a conversation arrives, in its order, from the side that said it',
    async run(bench) {
      const turns = [
        user('My name is Ada.'),
        { role: 'assistant', text: 'Hello, Ada.' } as const,
        user('What is my name?'),
      ];
      const talk = await bench.talk({ turns }, () => ({ said: saying('Ada.') }));
      const got = lastArrived(talk).asked.turns.map(({ role, pieces }) => ({ role, pieces }));
      const same =
        got.length === turns.length &&
        turns.every(({ role, text }, at) => {
          return got[at]?.role === role && got[at].pieces.join(' ').includes(text);
        });
      bench.check(same, `the turns arrived as ${shown(got)}`);
    },
  },
  {
    id: 'empty',
    feature: 'text',
    title: 'an answer that says nothing is an answer all the same',
    async run(bench) {
      for (const stream of [false, true]) {
        const said = saying('');
        const talk = await bench.talk({ turns: [user('Be silent.')] }, () => ({ said }), {
          stream,
        });
        bench.check(candidateOf(talk).text === '', 'it has words');
        bench.check(answerOf(talk).error === undefined, 'it is an error');
      }
    },
  },
];

const heardWithinMs = 5_000;

async function heardBeforeTheEnd(bench: Bench): Promise<void> {
  const heard = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => heard.resolve(false), heardWithinMs);
  const said = saying('First ', 'and last.');
  const talk = await bench.talk(
    { turns: [user('Speak slowly.')] },
    () => ({ said, hold: heard.promise.then(() => undefined) }),
    { stream: true, onWords: () => heard.resolve(true) },
  );
  clearTimeout(timer);
  bench.check(await heard.promise, 'the first words were held back until the provider had ended');
  expectSaid(bench, talk, said);
  bench.check(grammars[bench.client.format].goodEnd.test(talk.wire.text), 'the stream has no end');
}
