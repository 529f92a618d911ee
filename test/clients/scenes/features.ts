/** What is tried of every client with every provider, and what its user relies on in it. */
import assert from 'node:assert/strict';
import type { Asked, ErrorStatus } from '../dialects/dialect.ts';
import { RETRY_AFTER_SECONDS, turnTokens } from '../dialects/dialect.ts';
import type { UpstreamFormat } from '../dialects/index.ts';
import type { Client, Conversation, Failure, Wishes } from './client.ts';
import type { Feature } from './feature-ids.ts';
import { prompts, refusals, said } from './scenes.ts';

/** One client at one provider. */
export interface Stage {
  readonly client: Client;
  readonly url: string;
  readonly format: UpstreamFormat;
  readonly models: { readonly [format in UpstreamFormat]: string };
  /** Of a channel whose key the provider refuses in this way. */
  refusedModel(status: ErrorStatus): string;
  /** What the provider was asked since the last call of this. */
  takeAsked(): readonly Asked[];
}

const plainWishes = { streams: false, tools: false, reasons: false, schema: false };
const silent = { picture: false };

function open(stage: Stage, wishes: Partial<Wishes> = {}): Conversation {
  const { client, url, format, models } = stage;
  const model = models[format];
  return client.open({ url, key: 'key-of-the-client', model, ...plainWishes, ...wishes });
}

const hereOf = ({ models, format }: Stage): { model: string; picture: boolean } => ({
  model: models[format],
  ...silent,
});

async function text(stage: Stage): Promise<void> {
  assert.equal((await open(stage).say(prompts.hello, hereOf(stage))).text, said.hello);
}

async function stream(stage: Stage): Promise<void> {
  const reply = await open(stage, { streams: true }).say(prompts.hello, hereOf(stage));
  assert.equal(reply.text, said.hello);
  assert.equal(reply.pieces, 2, 'it came in one piece');
}

async function usage(stage: Stage): Promise<void> {
  for (const streams of [false, true]) {
    const reply = await open(stage, { streams }).say(prompts.hello, hereOf(stage));
    assert.deepEqual(reply.usage, turnTokens, streams ? 'streamed' : 'whole');
  }
}

async function tools(stage: Stage, streams = false): Promise<void> {
  const reply = await open(stage, { tools: true, streams }).say(prompts.weather, hereOf(stage));
  assert.equal(reply.text, said.weather);
}

async function schema(stage: Stage): Promise<void> {
  const reply = await open(stage, { schema: true }).say(prompts.schema, hereOf(stage));
  assert.deepEqual(reply.value, said.schema);
}

async function image(stage: Stage): Promise<void> {
  const reply = await open(stage).say(prompts.picture, { ...hereOf(stage), picture: true });
  assert.equal(reply.text, said.picture);
}

async function reasoning(stage: Stage, streams = false): Promise<void> {
  const reply = await open(stage, { reasons: true, streams }).say(prompts.thought, hereOf(stage));
  assert.equal(reply.reasoning, said.thought);
  assert.equal(reply.text, said.afterThought);
}

const kinds = {
  400: 'bad-request',
  401: 'authentication',
  429: 'rate-limit',
} as const satisfies { readonly [status in ErrorStatus]: Failure['kind'] };

async function errors(stage: Stage): Promise<void> {
  for (const status of [400, 401, 429] as const)
    for (const streams of [false, true]) {
      const failure = await failureOf(stage, { status, streams });
      assert.equal(failure.kind, kinds[status], failure.message);
      assert.ok(failure.message.includes(refusals[status]), failure.message);
      if (status === 429) assert.equal(failure.retryAfterSeconds, RETRY_AFTER_SECONDS);
    }
}

async function failureOf(
  stage: Stage,
  { status, streams }: { readonly status: ErrorStatus; readonly streams: boolean },
): Promise<Failure> {
  const model = stage.refusedModel(status);
  try {
    await open(stage, { model, key: model, streams }).say(prompts.hello, { model, ...silent });
  } catch (error) {
    return stage.client.failureOf(error);
  }
  throw new Error(`nothing was raised for ${status}`);
}

const TURNS = 5;

async function fiveTurns(stage: Stage, streams = false): Promise<void> {
  const conversation = open(stage, { tools: true, reasons: true, streams });
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const reply = await conversation.say(prompts.turn(turn), hereOf(stage));
    assert.equal(reply.text, said.turn(turn));
  }
}

/** What the provider sealed in a turn comes back to it in every later step of that turn. */
async function sealsReturn(stage: Stage, streams = false): Promise<void> {
  stage.takeAsked();
  await fiveTurns(stage, streams);
  const asked = stage.takeAsked();
  const steps = asked.flatMap(({ latestStepsSealed }) => latestStepsSealed);
  assert.deepEqual(steps, Array(TURNS * 3).fill(true));
}

/** Away and back again, twice: each vendor refuses what another one has sealed. */
async function changeOfVendor(stage: Stage): Promise<void> {
  const { format, models } = stage;
  const others = (Object.keys(models) as UpstreamFormat[]).filter((other) => other !== format);
  const way = [format, others[0], format, others[1], others[2], format].map(
    (at) => models[at ?? format],
  );
  const conversation = open(stage, { tools: true, reasons: true });
  for (const [index, model] of way.entries()) {
    const reply = await conversation.say(prompts.turn(index + 1), { model, ...silent });
    assert.equal(reply.text, said.turn(index + 1));
  }
}

export const features: { readonly [feature in Feature]: (stage: Stage) => Promise<void> } = {
  text,
  stream,
  usage,
  tools,
  'streamed tools': (stage) => tools(stage, true),
  schema,
  image,
  reasoning,
  'streamed reasoning': (stage) => reasoning(stage, true),
  errors,
  'five turns': fiveTurns,
  'five streamed turns': (stage) => fiveTurns(stage, true),
  'seals return': sealsReturn,
  'streamed seals return': (stage) => sealsReturn(stage, true),
  'change of vendor': changeOfVendor,
};
