/** Cases of tools: offered, chosen, called and answered. */
import { type Ask, type Choice, type Tool, user } from '../ask.ts';
import type { AskedCall } from '../judge/asked/asked.ts';
import { shown } from '../judge/problems.ts';
import type { Arrived, Reply, Said } from '../provider/script.ts';
import type { Bench, Case } from './case.ts';
import { candidateOf, expectSaid, expectShape, lastArrived, saying, usage } from './expect.ts';

const weather: Tool = {
  name: 'get_weather',
  description: 'Tells the weather of a place',
  schema: {
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: 'integer' } },
    required: ['place'],
  },
};
const time: Tool = {
  name: 'get_time',
  description: 'Tells the time of a place',
  schema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
};

const lisbon = { name: weather.name, input: { place: 'Lisbon "LX" 🌊', days: 3 } };
const oslo = { name: weather.name, input: { place: 'Oslo', days: 1 } };
const osloTime = { name: time.name, input: { place: 'Oslo' } };

const asking: Ask = { turns: [user('How is the weather?')], tools: [weather, time] };

function calling(...calls: readonly NonNullable<Said['calls']>[number][]): Said {
  return { calls, finish: 'tools', usage };
}

async function talkWhole(bench: Bench, said: Said): ReturnType<Bench['talk']> {
  const talk = await bench.talk(asking, () => ({ said }));
  expectSaid(bench, talk, said);
  expectShape(bench, talk, false);
  return talk;
}

const results = ['Sun over Lisbon', '{"sky":"snow"}'] as const;

async function loop(bench: Bench, stream: boolean): Promise<void> {
  const said = calling(lisbon, oslo);
  const closing = saying('Sun and ', 'snow.');
  const script = ({ asked }: Arrived): Reply => {
    return { said: answered(asked.turns.flatMap(({ calls }) => calls)) === 0 ? said : closing };
  };
  const talk = await bench.talk(asking, script, { stream });
  expectSaid(bench, talk, said);
  const end = await talk.goOn(results);
  expectSaid(bench, end, closing);
  const calls = lastArrived(talk).asked.turns.flatMap((turn) => turn.calls);
  for (const [at, wanted] of [lisbon, oslo].entries()) {
    const got = calls[at]?.result?.text;
    const told = got === results[at] ? '' : `, its result as ${shown(got)}`;
    bench.check(
      calls[at]?.name === wanted.name && told === '',
      `call ${at} arrived as ${shown(calls[at]?.name)}${told}`,
    );
  }
}

function answered(calls: readonly AskedCall[]): number {
  return calls.filter(({ result }) => result !== undefined).length;
}

interface ChoiceRow {
  readonly id: string;
  readonly choice: Choice;
  readonly mode: 'none' | 'required';
  readonly title: string;
}

const choices: readonly ChoiceRow[] = [
  { id: 'none', choice: 'none', mode: 'none', title: 'no tool may be called' },
  { id: 'required', choice: 'required', mode: 'required', title: 'some tool has to be called' },
  {
    id: 'named',
    choice: { name: time.name },
    mode: 'required',
    title: 'one tool has to be called',
  },
];

function choiceCases(): readonly Case[] {
  return choices.map(({ id, choice, mode, title }) => ({
    id: `tool-choice-${id}`,
    feature: 'tool choice',
    title: `that ${title} reaches the provider`,
    async run(bench) {
      const said = mode === 'none' ? saying('No tool.') : calling(osloTime);
      const talk = await bench.talk({ ...asking, choice }, () => ({ said }));
      const { asked } = lastArrived(talk);
      const offersNone = mode === 'none' && asked.tools.length === 0;
      const { names } = asked.choice;
      const named = typeof choice === 'string' || names.join() === choice.name;
      // A gateway may as well offer the chosen tool alone.
      const alone = typeof choice !== 'string' && asked.tools.length === 1;
      bench.check(
        offersNone || (asked.choice.mode === mode && (named || alone)),
        `the choice arrived as ${shown(asked.choice)}`,
      );
      expectSaid(bench, talk, said);
      bench.check(candidateOf(talk).calls.length === (mode === 'none' ? 0 : 1), 'calls');
    },
  }));
}

export const toolCases: readonly Case[] = [
  {
    id: 'tool-call',
    feature: 'tools',
    title: 'tools are offered as they were declared, and a call arrives with its arguments',
    async run(bench) {
      const talk = await talkWhole(bench, calling(lisbon));
      const offered = lastArrived(talk).asked.tools.map(({ name, description, properties }) => {
        return { name, description, properties: properties.join() };
      });
      const wanted = [weather, time].map(({ name, description, schema }) => {
        const { properties = {} } = schema;
        return { name, description, properties: Object.keys(Object(properties)).toSorted().join() };
      });
      bench.check(shown(offered) === shown(wanted), `tools arrived as ${shown(offered)}`);
    },
  },
  {
    id: 'tool-call-stream',
    feature: 'tools',
    title: 'a streamed call arrives whole, however its arguments are cut',
    async run(bench) {
      for (const bytesAtOnce of [5, 1000]) {
        const said = calling(lisbon);
        const talk = await bench.talk(asking, () => ({ said, bytesAtOnce }), { stream: true });
        expectSaid(bench, talk, said);
        expectShape(bench, talk, true);
      }
    },
  },
  {
    id: 'tool-call-after-words',
    feature: 'tools',
    title: 'words before a call arrive beside it',
    async run(bench) {
      for (const stream of [false, true]) {
        const said = { ...calling(lisbon), text: ['Let me ', 'look.'] };
        const talk = await bench.talk(asking, () => ({ said }), { stream });
        expectSaid(bench, talk, said);
        expectShape(bench, talk, stream);
      }
    },
  },
  {
    id: 'parallel-tools',
    feature: 'parallel tools',
    title: 'several calls of one answer arrive apart and in order',
    run: async (bench) => void (await talkWhole(bench, calling(lisbon, oslo, osloTime))),
  },
  {
    id: 'parallel-tools-stream',
    feature: 'parallel tools',
    title: 'several streamed calls do not run into each other',
    async run(bench) {
      const said = calling(lisbon, oslo, osloTime);
      const talk = await bench.talk(asking, () => ({ said }), { stream: true });
      expectSaid(bench, talk, said);
      expectShape(bench, talk, true);
    },
  },
  {
    id: 'tool-results',
    feature: 'tool results',
    title: 'what the tools gave goes back to the provider, each to its own call',
    run: (bench) => loop(bench, false),
  },
  {
    id: 'tool-results-stream',
    feature: 'tool results',
    title: 'the same with streams, with the history that the SDK put together',
    run: (bench) => loop(bench, true),
  },
  ...choiceCases(),
];
