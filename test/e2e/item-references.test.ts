/** Histories that refer to earlier items by their ids instead of saying them, with providers that remember nothing. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { defaultSettings, type Settings } from '../../packages/gateway/src/model/settings.ts';
import { type Fleet, sail } from './fleet.ts';
import { foreignProviders, oneTurn } from './remembering.ts';
import { answers, json, type Script } from './scripted-upstream.ts';

type Item = OpenAI.Responses.ResponseInputItem;
type Answered = OpenAI.Responses.Response;

const says = (content: string): Item => ({ role: 'user', content });
const refer = (id: string): Item => ({ type: 'item_reference', id });

/** What a client that trusts in ids sends of an answer. */
function referencesTo({ output }: Pick<Answered, 'output'>): readonly Item[] {
  return output.flatMap((item) =>
    item.id === undefined || item.id === null ? [] : [refer(item.id)],
  );
}

function firstItem({ output: [item] }: Answered): string {
  assert.ok(item?.id);
  return item.id;
}

const claude = 'claude-sonnet-4-5';
const nativeAnswer = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'gpt-5',
  output: [
    {
      id: 'msg_native',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'hello', annotations: [] }],
    },
  ],
  usage: null,
};

describe('references to items', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  function clientWith(apiKey: string): OpenAI {
    return new OpenAI({ apiKey, baseURL: `${fleet?.url}/v1`, maxRetries: 0 });
  }

  async function start(changes: Partial<Settings['responses']> = {}): Promise<OpenAI> {
    fleet = await sail({
      channels: {
        main: { provider: 'anthropic', answers: json(answers.messages) },
        native: { answers: json(nativeAnswer) },
      },
      routes: [
        { models: ['claude-*'], channels: ['main'] },
        { models: ['gpt-*'], channels: ['native'] },
        { models: ['either'], channels: ['main', 'native'], rewrite: { main: claude } },
      ],
      responses: { ...defaultSettings.responses, ...changes },
    });
    return clientWith('k');
  }

  function asked(channel = 'main'): readonly Record<string, unknown>[] {
    return (fleet?.at[channel]?.asked ?? []).map(({ body }) => JSON.parse(String(body)));
  }

  const ask = (openai: OpenAI, input: string | Item[], more: object = {}): Promise<Answered> =>
    openai.responses.create({ model: claude, input, ...more });

  const notFound = (id: string) => (cause: unknown) => {
    assert.ok(cause instanceof OpenAI.NotFoundError, String(cause));
    assert.equal(cause.type, 'invalid_request_error');
    assert.equal(cause.param, 'input');
    assert.match(cause.message, new RegExp(`Item with id '${id}' not found\\.`));
    return true;
  };

  for (const { provider, model, calling, speaking, checkWhole } of foreignProviders) {
    for (const stream of [false, true]) {
      it(`carry thoughts, calls and words to ${provider}, ${stream ? 'streamed' : 'whole'}`, async () => {
        fleet = await sail({
          channels: { main: { provider, answers: calling(stream) } },
          workers: 2,
        });
        const openai = clientWith('k');
        const history: Item[] = [says('weather?')];
        for (const city of ['Bergen', 'Bodø', 'Oslo']) {
          const last = await oneTurn(openai, model, { stream, input: history });
          const call = last.output.find((item) => item.type === 'function_call');
          assert.ok(call, 'a call was expected');
          history.push(...referencesTo(last), {
            type: 'function_call_output',
            call_id: call.call_id,
            output: `snow in ${city}`,
          });
        }
        fleet.at['main']?.answer(speaking(stream));
        const spoken = await oneTurn(openai, model, { stream, input: history });
        history.push(...referencesTo(spoken), says('thanks'));
        const end = await oneTurn(openai, model, { stream, input: history });
        assert.equal(end.output_text, 'hello');
        checkWhole(asked().at(-1) ?? {});
      });
    }
  }

  it('to one kept item more than once are refused', async () => {
    const openai = await start();
    const first = firstItem(await ask(openai, 'hi'));
    const before = asked().length;
    await assert.rejects(ask(openai, [refer(first), refer(first), says('and?')]), {
      status: 400,
      message: /more than once/,
    });
    assert.equal(asked().length, before);
  });

  it('may leave their type out', async () => {
    const openai = await start();
    const first = await ask(openai, 'hi');
    await openai.post('/responses', {
      body: { model: claude, input: [says('hi'), { id: firstItem(first) }, says('and?')] },
    });
    assert.match(JSON.stringify(asked().at(-1)), /"hi".*"hello".*"and\?"/);
  });

  it('name items in the conversation that the request goes on from, too', async () => {
    const openai = await start();
    const first = await ask(openai, 'hi');
    await ask(openai, [refer(firstItem(first)), says('that one')], {
      previous_response_id: first.id,
    });
    assert.equal(JSON.stringify(asked().at(-1)).match(/"hello"/g)?.length, 2);
  });

  it('are good as long as the last answer of their conversation is kept', async () => {
    const openai = await start({ perOwnerMax: 1 });
    const history: Item[] = [says('one')];
    for (const next of ['two', 'three', 'four'])
      history.push(...referencesTo(await ask(openai, history)), says(next));
    await ask(openai, history);
    const { messages } = asked().at(-1) as { messages: unknown[] };
    assert.equal(messages.length, 7);
  });

  it('are good for the key that was told of them, and for no other', async () => {
    const openai = await start();
    const id = firstItem(await ask(openai, 'hi'));
    await assert.rejects(() => ask(clientWith('another'), [refer(id)]), notFound(id));
    assert.equal(asked().length, 1);
  });

  it('to what expired, was deleted, was not kept or never was are refused as OpenAI does', async () => {
    const openai = await start({ ttlMs: 400 });
    const deleted = await ask(openai, 'hi');
    await openai.responses.delete(deleted.id);
    const unstored = await ask(openai, 'hi', { store: false });
    const expired = await ask(openai, 'hi');
    await sleep(500);
    const kept = firstItem(await ask(openai, 'hi'));
    const ids = [deleted, unstored, expired].map(firstItem);
    for (const id of [...ids, 'msg_0', kept.replace(/\d+$/, '99')])
      await assert.rejects(() => ask(openai, [refer(id), says('and?')]), notFound(id));
    assert.equal(asked().length, 4);
  });

  it('to more answers that have nothing in common than one request may read are refused', async () => {
    const openai = await start();
    const ids: string[] = [];
    for (let count = 0; count <= 100; count += 1) ids.push(firstItem(await ask(openai, 'hi')));
    await ask(openai, [...ids.slice(1).map(refer), says('all of it')]);
    await assert.rejects(() => ask(openai, ids.map(refer)), OpenAI.BadRequestError);
  });

  it('are found in the middle of a long conversation', async () => {
    const openai = await start();
    const first = await ask(openai, 'hi');
    const long = (turn: number): Item => says(`${turn} ${'word '.repeat(200)}`);
    const around = Array.from({ length: 20 }, (_none, turn) => long(turn));
    // However they are written.
    const refers = referencesTo(first).map((item) => ({ ...item, note: 'word '.repeat(100) }));
    await ask(openai, [...around, ...refers, ...around], { model: 'gpt-5' });
    const { input } = asked('native').at(-1) as { input: readonly Record<string, unknown>[] };
    assert.equal(input.length, 2 * around.length + 1);
    assert.deepEqual(input[around.length], first.output[0]);
  });

  it('say that nothing is kept where nothing is', async () => {
    const openai = await start({ store: 'off' });
    const id = firstItem(await ask(openai, 'hi'));
    await assert.rejects(() => ask(openai, [refer(id)]), /send the item itself/);
  });

  it('to items that the provider itself keeps reach it byte for byte', async () => {
    const openai = await start();
    const { id } = nativeAnswer.output[0] ?? {};
    const body = `{"model":"gpt-5", "input":[{"type":"item_reference","id":"${id}"},{"id":"rs_2"}]}`;
    const headers = { authorization: 'Bearer k', 'content-type': 'application/json' };
    const response = await fetch(`${fleet?.url}/v1/responses`, { method: 'POST', headers, body });
    assert.equal(response.status, 200);
    assert.equal(String(fleet?.at['native']?.asked[0]?.body), body);
    // Where others may answer as well, the one that knows them does.
    assert.equal((await ask(openai, [refer('rs_2')], { model: 'either' })).model, 'gpt-5');
  });

  it('to items that a provider keeps reach the channel that gave them', async () => {
    const native = (id: string): Script =>
      json({
        ...nativeAnswer,
        id: `resp_${id}`,
        output: [{ ...nativeAnswer.output[0], id: `msg_${id}` }],
      });
    fleet = await sail({
      channels: { one: { answers: native('one') }, two: { answers: native('two') } },
      routes: [{ channels: ['one', 'two'], strategy: 'round_robin' }],
      affinity: false,
    });
    const openai = clientWith('k');
    const first = await ask(openai, 'hi');
    const history = [says('hi'), refer('fc_unknown'), ...referencesTo(first)];
    for (let turn = 0; turn < 4; turn += 1)
      assert.equal((await ask(openai, [...history, says(`turn ${turn}`)])).id, first.id);
  });

  it('to kept items are resolved for a provider that keeps its own, beside references to those', async () => {
    const openai = await start();
    const first = await ask(openai, 'hi');
    const history = [says('hi'), ...referencesTo(first), says('and?')];
    const moved = await ask(openai, history, { model: 'gpt-5' });
    history.push(...referencesTo(moved), says('then?'));
    await ask(openai, history, { model: 'gpt-5' });
    const { input } = asked('native').at(-1) as { input: readonly Record<string, unknown>[] };
    assert.deepEqual(input[1], first.output[0]);
    assert.deepEqual(input[3], { type: 'item_reference', id: 'msg_native' });
    await assert.rejects(() => ask(openai, history), notFound('msg_native'));
  });
});
