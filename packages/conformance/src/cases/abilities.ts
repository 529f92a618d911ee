/** Cases of what goes beyond words and tools: images, structured output, reasoning and its seals, counts. */
import { user } from '../ask.ts';
import { mediaOfBytes } from '../judge/asked/asked.ts';
import { shown } from '../judge/problems.ts';
import type { Arrived, Reply, Said } from '../provider/script.ts';
import { type Bench, type Case, NotApplicable } from './case.ts';
import {
  answerOf,
  candidateOf,
  expectSaid,
  expectShape,
  expectUsage,
  lastArrived,
  saying,
  usage,
} from './expect.ts';

/** One red dot. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
} as const;

const counted = { input: 120, cached: 40, output: 30, reasoning: 10 };

export const abilityCases: readonly Case[] = [
  {
    id: 'usage',
    feature: 'usage',
    title: 'tokens are counted as the provider counted them, cached and reasoning ones among them',
    async run(bench) {
      for (const stream of [false, true]) {
        const said: Said = { ...saying('Four ', 'words.'), usage: counted };
        const talk = await bench.talk({ turns: [user('Count.')] }, () => ({ said }), { stream });
        expectUsage(bench, talk, counted);
        const reasoned = answerOf(talk).usage?.reasoning ?? 0;
        // Messages has no count of its own for reasoning.
        const fair = [counted.reasoning, ...(bothCount(bench) ? [] : [0])];
        bench.check(fair.includes(reasoned), `reasoning tokens: ${reasoned}`);
      }
    },
  },
  {
    id: 'image',
    feature: 'images',
    title: 'an image in base64 arrives byte for byte, with its type',
    async run(bench) {
      const image = { mimeType: 'image/png', base64: png };
      const ask = { turns: [{ ...user('Which colour?'), image }] };
      const talk = await bench.talk(ask, () => ({ said: saying('Red.') }));
      const media = lastArrived(talk).asked.turns.flatMap((turn) => turn.media);
      const wanted = mediaOfBytes('image', image.mimeType, png);
      bench.check(shown(media) === shown([wanted]), `images arrived as ${shown(media)}`);
      expectSaid(bench, talk, saying('Red.'));
    },
  },
  {
    id: 'structured-output',
    feature: 'structured output',
    title: 'the schema reaches the provider, and the JSON comes back as the text',
    async run(bench) {
      for (const stream of [false, true]) await expectJson(bench, stream);
    },
  },
  {
    id: 'reasoning',
    feature: 'reasoning',
    title: 'reasoning that the client asked for arrives apart from the answer',
    async run(bench) {
      for (const stream of [false, true]) await expectReasoning(bench, stream);
    },
  },
  {
    id: 'seals',
    feature: 'signatures carried back',
    title: "the provider's signature of its reasoning comes back to it with the tool's result",
    async run(bench) {
      for (const stream of [false, true]) await expectSeal(bench, stream);
    },
  },
];

function bothCount({ client, provider }: Bench): boolean {
  return client.format !== 'anthropic-messages' && provider !== 'anthropic';
}

async function expectJson(bench: Bench, stream: boolean): Promise<void> {
  const value = { name: 'Ada', age: 36 };
  const json = JSON.stringify(value);
  const said = saying(json.slice(0, 9), json.slice(9));
  const script = ({ asked }: Arrived): Reply => {
    const [tool] = asked.tools;
    // Gateways may ask for it by a tool, which the model is made to call.
    const byTool = asked.output === undefined && asked.choice.mode === 'required';
    if (!byTool || tool === undefined) return { said };
    const asks = tool.properties.includes('name') ? value : { [tool.properties[0] ?? '']: value };
    return { said: { calls: [{ name: tool.name, input: asks }], finish: 'tools', usage } };
  };
  const ask = { turns: [user('Who?')], schema: person };
  const talk = await bench.talk(ask, script, { stream });
  const { asked } = lastArrived(talk);
  const names = asked.output?.properties ?? asked.tools[0]?.properties ?? [];
  bench.check(
    ['age', 'name'].every((name) => names.includes(name)),
    `the schema arrived as ${shown(asked.output)}`,
  );
  const { text } = candidateOf(talk);
  bench.check(text === json, `expected ${json}, got ${shown(text)}`);
  expectShape(bench, talk, stream);
}

function requireReasoning({ format }: Arrived): void {
  if (format !== 'openai-chat') return;
  throw new NotApplicable('Chat Completions shows no reasoning of its models');
}

async function expectReasoning(bench: Bench, stream: boolean): Promise<void> {
  const reasoning = 'Two and two are four.';
  const said: Said = { ...saying('Four', '.'), reasoning, seal: sealOf(bench) };
  const ask = { turns: [user('Two and two?')], reasons: true };
  const talk = await bench.talk(ask, () => ({ said }), { stream });
  const arrived = lastArrived(talk);
  requireReasoning(arrived);
  bench.check(arrived.asked.reasoning === 'on', 'the provider was not asked to reason');
  expectSaid(bench, talk, said);
  expectShape(bench, talk, stream);
  const got = reasoningOf(bench, talk.wire.text) ?? candidateOf(talk).reasoning;
  bench.check(got === reasoning, `reasoning: expected ${shown(reasoning)}, got ${shown(got)}`);
}

/**
 * The SDK of Chat Completions keeps the last piece alone of members that it does not know. Reasoning
 * has two names there: who writes both says one thing twice.
 */
function reasoningOf({ client }: Bench, wire: string): string | undefined {
  if (client.format !== 'openai-chat') return undefined;
  return textUnder('reasoning_content', wire) || textUnder('reasoning', wire);
}

function textUnder(name: string, wire: string): string {
  const pieces = wire.matchAll(new RegExp(`"${name}": ?("(?:[^"\\\\]|\\\\.)*")`, 'g'));
  return [...pieces].map(([, piece = '""']): string => JSON.parse(piece)).join('');
}

/** Looks like what vendors send: base64 without meaning. */
function sealOf({ provider }: Bench): string {
  return Buffer.from(`sealed by the ${provider} of the conformance cases`).toString('base64');
}

const look = { name: 'look', description: 'Looks', schema: { type: 'object', properties: {} } };

async function expectSeal(bench: Bench, stream: boolean): Promise<void> {
  const seal = sealOf(bench);
  const calls = [{ name: look.name, input: {} }];
  const first: Said = { reasoning: 'I have to look.', seal, calls, finish: 'tools', usage };
  const closing = saying('I ', 'see.');
  const script = ({ asked }: Arrived): Reply => {
    return { said: asked.turns.some((turn) => turn.calls.length > 0) ? closing : first };
  };
  const ask = { turns: [user('Look.')], tools: [look], reasons: true };
  const talk = await bench.talk(ask, script, { stream });
  requireReasoning(lastArrived(talk));
  expectSaid(bench, talk, first);
  expectSaid(bench, await talk.goOn(['A door']), closing);
  const { text, format } = lastArrived(talk);
  const isBack = text.includes(seal);
  if (!isBack && bench.client.format === 'openai-chat') {
    throw new NotApplicable('Chat Completions has no member of its own for signatures');
  }
  bench.check(isBack, `the signature is not in the second ${format} request`);
}
