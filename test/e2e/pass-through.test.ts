/** What passes through beside generation, with the vendors' own libraries through the running gateway. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import Anthropic, { toFile as toClaudeFile } from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { type Fleet, sail } from './fleet.ts';
import { json, type Script, sse } from './scripted-upstream.ts';
import { post } from './setup.ts';

type Plan = Parameters<typeof sail>[0];

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const fileBytes = randomBytes(300_000);

/** Answers each request by the first line whose beginning agrees with method and path. */
function served(lines: Readonly<Record<string, Script>>): Script {
  return (response, asked) => {
    const line = `${asked.method} ${asked.path}`;
    const found = Object.entries(lines).find(([start]) => line.startsWith(start));
    return (found?.[1] ?? json({ error: { message: `not scripted: ${line}` } }, 404))(
      response,
      asked,
    );
  };
}

const image = { created: 1, data: [{ b64_json: 'aGk=' }], usage: imageUsage() };

function imageUsage() {
  return {
    input_tokens: 7,
    output_tokens: 1_000,
    total_tokens: 1_007,
    input_tokens_details: { text_tokens: 7, image_tokens: 0 },
  };
}

describe('passing through', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function start(answers: Script, changes: Partial<Plan> = {}): Promise<Fleet> {
    fleet = await sail({ channels: { a: { answers } }, ...changes });
    return fleet;
  }

  const openai = (apiKey = 'k'): OpenAI =>
    new OpenAI({ apiKey, baseURL: `${fleet?.url}/v1`, maxRetries: 0 });

  const lineOf = ({ method, path }: { method: string; path: string }): string =>
    `${method} ${path}`;

  describe('of OpenAI', () => {
    it('completes texts, whole and streamed', async () => {
      const whole = {
        id: 'cmpl-1',
        object: 'text_completion',
        created: 1,
        model: 'gpt-3.5-turbo-instruct',
        choices: [{ index: 0, text: 'hello', finish_reason: 'stop', logprobs: null }],
        usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      };
      const { at } = await start(
        (response, asked) => {
          if (!asked.body.includes('"stream":true')) return json(whole)(response, asked);
          sse(response);
          response.write(`data: ${JSON.stringify({ ...whole, usage: null })}\n\n`);
          response.write(`data: ${JSON.stringify({ ...whole, choices: [] })}\n\n`);
          response.end('data: [DONE]\n\n');
        },
        { modelAliases: { old: 'gpt-3.5-turbo-instruct' } },
      );
      const answer = await openai().completions.create({ model: 'old', prompt: 'hi' });
      assert.equal(answer.choices[0]?.text, 'hello');
      const stream = await openai().completions.create({
        model: 'old',
        prompt: 'hi',
        stream: true,
      });
      let text = '';
      for await (const { choices } of stream) text += choices[0]?.text ?? '';
      assert.equal(text, 'hello');
      const bodies = at['a']?.asked.map(({ body }) => JSON.parse(body.toString())) ?? [];
      assert.deepEqual(bodies, [
        { model: 'gpt-3.5-turbo-instruct', prompt: 'hi' },
        { model: 'gpt-3.5-turbo-instruct', prompt: 'hi', stream: true },
      ]);
      const page = await (await fetch(`${fleet?.metricsUrl}/metrics`)).text();
      assert.match(page, /token_usage_total\{[^}]*client_format="openai-completions"[^}]*\} 4/);
    });

    it('makes images, by another channel where one fails or is not there', async () => {
      const { at, asked } = await start(json(image), {
        channels: {
          gone: { answers: json({}), baseUrl: 'http://127.0.0.1:1' },
          broken: { answers: json({ error: { message: 'oh' } }, 500) },
          good: { answers: json(image) },
        },
      });
      const { data, response } = await openai()
        .images.generate({ model: 'gpt-image-1', prompt: 'a cat' })
        .withResponse();
      assert.equal(data.data?.[0]?.b64_json, 'aGk=');
      assert.equal(
        response.headers.get('x-dragoman-attempts'),
        'gone:connect, broken:500, good:200',
      );
      assert.deepEqual(asked(), { gone: 0, broken: 1, good: 1 });
      assert.equal(at['good']?.asked[0]?.path, '/images/generations');
      assert.equal(at['good']?.asked[0]?.headers.authorization, 'Bearer key-of-good');
    });

    it('edits images that come as a form, by another channel where one fails', async () => {
      const { at } = await start(json(image), {
        channels: {
          broken: { answers: json({ error: { message: 'oh' } }, 503) },
          good: { answers: json(image) },
        },
      });
      const edited = await openai().images.edit({
        image: await toFile(fileBytes, 'cat.png', { type: 'image/png' }),
        prompt: 'a dog',
        model: 'gpt-image-1',
      });
      assert.equal(edited.data?.length, 1);
      const [asked] = at['good']?.asked ?? [];
      assert.ok(asked !== undefined && asked.body.includes(fileBytes));
      assert.match(asked.headers['content-type'] ?? '', /^multipart\/form-data; boundary=/);
    });

    it('speaks: bytes come as they are sent, and untouched', async () => {
      let more: () => void = () => undefined;
      const waiting = new Promise<void>((resolve) => {
        more = resolve;
      });
      await start(async (response) => {
        response.writeHead(200, { 'content-type': 'audio/mpeg' });
        response.write(fileBytes.subarray(0, 1_000));
        await waiting;
        response.end(fileBytes.subarray(1_000));
      });
      const answer = await openai().audio.speech.create({
        model: 'tts-1',
        voice: 'alloy',
        input: 'hi',
      });
      assert.equal(answer.headers.get('content-type'), 'audio/mpeg');
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of answer.body ?? []) {
        hash.update(chunk);
        size += chunk.length;
        // The rest is sent only now.
        if (size === 1_000) more();
      }
      assert.equal(size, fileBytes.length);
      assert.equal(hash.digest('hex'), sha(fileBytes));
    });

    for (const first of ['file', 'model'] as const)
      it(`transcribes by an alias, the ${first} first in the form`, async () => {
        const { at } = await start(json({ text: 'hello' }), {
          routes: [{ models: ['ears'], rewrite: { '*': 'gpt-4o-transcribe-long-name' } }],
        });
        const file = await toFile(fileBytes, 'talk.mp3');
        const named = { file, model: 'ears' };
        const turned = { model: 'ears', file };
        const { text } = await openai().audio.transcriptions.create(
          first === 'file' ? named : turned,
        );
        assert.equal(text, 'hello');
        const [asked] = at['a']?.asked ?? [];
        assert.equal(asked?.headers['content-length'], String(asked?.body.length));
        const form = await new Response(asked?.body, {
          headers: { 'content-type': asked?.headers['content-type'] ?? '' },
        }).formData();
        assert.equal(form.get('model'), 'gpt-4o-transcribe-long-name');
        const sent = form.get('file');
        assert.ok(sent instanceof File);
        assert.equal(sha(new Uint8Array(await sent.arrayBuffer())), sha(fileBytes));
      });

    it('moderates, with no model named', async () => {
      const { at } = await start(json({ id: 'm', model: 'omni', results: [] }));
      await openai().moderations.create({ input: 'hi' });
      assert.deepEqual(JSON.parse(at['a']?.asked[0]?.body.toString() ?? ''), { input: 'hi' });
    });

    it('keeps files and batches at one channel and key, whatever the strategy', async () => {
      const lines = served({
        'POST /files': json({ id: 'file-1', object: 'file' }),
        'GET /files/file-1/content': (response) => {
          response.writeHead(200, { 'content-type': 'application/octet-stream' });
          response.end(fileBytes);
        },
        'GET /files/file-1': json({ id: 'file-1', object: 'file' }),
        'GET /files': json({ object: 'list', data: [], has_more: false }),
        'DELETE /files/file-1': json({ id: 'file-1', deleted: true }),
        'POST /batches/batch_1/cancel': json({ id: 'batch_1', status: 'cancelling' }),
        'POST /batches': json({ id: 'batch_1', status: 'validating' }),
        'GET /batches/batch_1': json({ id: 'batch_1', status: 'completed' }),
        'GET /batches': json({ object: 'list', data: [], has_more: false }),
      });
      const { at, asked } = await start(lines, {
        channels: {
          imitation: { provider: 'openai-compatible', answers: lines },
          one: { answers: lines, apiKeys: ['key-1', 'key-2'] },
          two: { answers: lines },
        },
        routes: [{ strategy: 'round_robin' }],
      });
      const client = openai();
      const file = await toFile(Buffer.from('{}\n'), 'in.jsonl');
      assert.equal((await client.files.create({ file, purpose: 'batch' })).id, 'file-1');
      assert.equal((await client.files.retrieve('file-1')).id, 'file-1');
      const content = await client.files.content('file-1');
      assert.equal(sha(new Uint8Array(await content.arrayBuffer())), sha(fileBytes));
      await client.files.list({ limit: 2, purpose: 'batch' });
      assert.equal((await client.files.delete('file-1')).deleted, true);
      const made = await client.batches.create({
        input_file_id: 'file-1',
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      });
      assert.equal(made.id, 'batch_1');
      assert.equal((await client.batches.retrieve('batch_1')).status, 'completed');
      assert.equal((await client.batches.cancel('batch_1')).status, 'cancelling');
      await client.batches.list();
      assert.deepEqual(asked(), { imitation: 0, one: 9, two: 0 });
      const list = at['one']?.asked[3];
      assert.equal(list?.path, '/files?limit=2&purpose=batch');
      for (const { headers } of at['one']?.asked ?? [])
        assert.equal(headers.authorization, 'Bearer key-1');
    });

    it('finds, cancels, lists and deletes responses that OpenAI keeps', async () => {
      const stored = { id: 'resp_1', object: 'response', status: 'completed', output: [] };
      const { at } = await start(
        served({
          'GET /responses/resp_1/input_items': json({ object: 'list', data: [], has_more: false }),
          'GET /responses/resp_1': json(stored),
          'DELETE /responses/resp_1': json({ id: 'resp_1', deleted: true }),
          'POST /responses/resp_1/cancel': json({ ...stored, status: 'cancelled' }),
          'POST /responses/compact': json({ id: 'resp_2', output: [], usage: imageUsage() }),
        }),
        { modelAliases: { best: 'gpt-5' } },
      );
      const { responses } = openai();
      assert.equal((await responses.retrieve('resp_1')).id, 'resp_1');
      await responses.inputItems.list('resp_1');
      assert.equal((await responses.cancel('resp_1')).status, 'cancelled');
      await responses.delete('resp_1');
      await responses.compact({ model: 'best', input: 'hi' });
      assert.deepEqual(JSON.parse(at['a']?.asked[4]?.body.toString() ?? ''), {
        model: 'gpt-5',
        input: 'hi',
      });
    });

    it('looks for a response at the channel that gave it', async () => {
      const stored = { id: 'resp_2', object: 'response', status: 'completed', output: [] };
      const { asked } = await start(json(stored), {
        channels: {
          usual: { answers: json({ error: { message: 'unknown' } }, 404) },
          other: { answers: json(stored) },
        },
        routes: [{ channels: ['other', 'usual'] }],
      });
      await openai().responses.create({ model: 'gpt-5', input: 'hi' });
      assert.equal((await openai().responses.retrieve('resp_2')).id, 'resp_2');
      assert.deepEqual(asked(), { usual: 0, other: 2 });
    });

    it('looks there as well where every model has one channel alone', async () => {
      const stored = { object: 'response', status: 'completed', output: [] };
      const { asked } = await start(json(stored), {
        channels: {
          usual: { answers: json({ ...stored, id: 'resp_usual' }) },
          other: { answers: json({ ...stored, id: 'resp_other' }) },
        },
        routes: [
          { models: ['gpt-5'], channels: ['usual'] },
          { models: ['gpt-5-mini'], channels: ['other'] },
        ],
      });
      const { responses } = openai();
      const { id } = await responses.create({ model: 'gpt-5-mini', input: 'hi', background: true });
      assert.equal((await responses.retrieve(id)).id, id);
      assert.equal((await responses.cancel(id)).id, id);
      await responses.delete(id);
      assert.deepEqual(asked(), { usual: 0, other: 4 });
    });

    it('takes uploads in parts', async () => {
      const { at } = await start(json({ id: 'upload_1', status: 'pending' }));
      const { uploads } = openai();
      const purpose = 'batch' as const;
      const upload = { bytes: 3, filename: 'x', mime_type: 'text/plain', purpose };
      await uploads.create(upload);
      await uploads.parts.create('upload_1', { data: await toFile(Buffer.from('abc'), 'x') });
      await uploads.complete('upload_1', { part_ids: ['part_1'] });
      assert.deepEqual(at['a']?.asked.map(lineOf), [
        'POST /uploads',
        'POST /uploads/upload_1/parts',
        'POST /uploads/upload_1/complete',
      ]);
    });

    it('ranks again, at a server that has it', async () => {
      const ranked = { results: [{ index: 0, relevance_score: 1 }], usage: { total_tokens: 9 } };
      const { url, at } = await start(json(ranked), {
        channels: {
          vendor: { answers: json({}) },
          jina: { provider: 'openai-compatible', answers: json(ranked) },
        },
      });
      const asked = { model: 'reranker', query: 'q', documents: ['d'] };
      for (const path of ['/v1/rerank', '/rerank', '/v2/rerank']) {
        const response = await post(url + path, asked);
        assert.deepEqual(await response.json(), ranked, path);
      }
      assert.equal(at['vendor']?.asked.length, 0);
      assert.equal(at['jina']?.asked[0]?.path, '/rerank');
    });

    it('is asked at Azure where Azure has it', async () => {
      const { at } = await start(json(image), {
        channels: {
          azure: {
            provider: 'azure-openai',
            apiVersion: '2025-04-01-preview',
            answers: json(image),
          },
        },
      });
      const apiVersion = '2025-04-01-preview';
      const theirs = new AzureOpenAI({
        apiKey: 'k',
        endpoint: `http://127.0.0.1:${at['azure']?.port}`,
        apiVersion,
        maxRetries: 0,
      });
      for (const client of [openai(), theirs]) {
        await client.images.generate({ model: 'my-images', prompt: 'a cat' });
        await client.files.list();
        await client.responses.retrieve('resp_1');
      }
      const paths = at['azure']?.asked.map(lineOf) ?? [];
      assert.deepEqual(paths.slice(0, 3), paths.slice(3));
    });
  });

  it('keeps files and batches of Anthropic apart from OpenAI’s by its version', async () => {
    const { at } = await start(json({}), {
      channels: {
        openai: { answers: json({ object: 'list', data: [] }) },
        claude: {
          provider: 'anthropic',
          answers: served({
            'POST /v1/files': json({ id: 'file_1', type: 'file' }),
            'GET /v1/files/file_1/content': (response) => {
              response.end(fileBytes);
            },
            'POST /v1/messages/batches': json({ id: 'msgbatch_1', processing_status: 'ended' }),
            'GET /v1/messages/batches/msgbatch_1': json({ id: 'msgbatch_1' }),
          }),
        },
      },
    });
    const client = new Anthropic({ apiKey: 'k', baseURL: fleet?.url ?? '', maxRetries: 0 });
    const file = await toClaudeFile(fileBytes, 'a.pdf', { type: 'application/pdf' });
    assert.equal((await client.beta.files.upload({ file })).id, 'file_1');
    const content = await client.beta.files.download('file_1');
    assert.equal(sha(new Uint8Array(await content.arrayBuffer())), sha(fileBytes));
    const params = {
      model: 'c',
      max_tokens: 1,
      messages: [{ role: 'user' as const, content: 'x' }],
    };
    const batch = await client.messages.batches.create({ requests: [{ custom_id: 'x', params }] });
    assert.equal(batch.id, 'msgbatch_1');
    assert.equal((await client.messages.batches.retrieve('msgbatch_1')).id, 'msgbatch_1');
    const [upload] = at['claude']?.asked ?? [];
    assert.equal(upload?.headers['x-api-key'], 'key-of-claude');
    assert.match(upload.headers['anthropic-version']?.toString() ?? '', /^\d{4}-\d\d-\d\d$/);
    await openai().files.list();
    assert.equal(at['openai']?.asked.length, 1);
  });

  it('takes Google’s uploads to the end, with no key of the channel in the address', async () => {
    const { at, url } = await start(json({}), {
      channels: {
        google: {
          provider: 'gemini',
          answers: (response, asked) => {
            if (asked.path.includes('upload_id')) {
              response.setHeader('x-goog-upload-status', 'final');
              return json({ file: { name: 'files/f1', sizeBytes: '300000' } })(response, asked);
            }
            const address =
              'https://google.test/upload/v1beta/files?key=key-of-google&upload_id=u1&upload_protocol=resumable';
            response.setHeader('x-goog-upload-url', address);
            response.setHeader('x-goog-upload-status', 'active');
            return json({})(response, asked);
          },
        },
      },
    });
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
    const blob = new Blob([fileBytes], { type: 'application/pdf' });
    const file = await client.files.upload({ file: blob });
    assert.equal(file.name, 'files/f1');
    const [begun, sent] = at['google']?.asked ?? [];
    assert.equal(begun?.path, '/upload/v1beta/files');
    assert.equal(begun.headers['x-goog-api-key'], 'key-of-google');
    assert.equal(sent?.path, '/upload/v1beta/files?upload_id=u1&upload_protocol=resumable');
    assert.equal(sha(sent.body), sha(fileBytes));
    await client.caches.list();
    await client.caches.delete({ name: 'cachedContents/c1' });
    assert.deepEqual(at['google']?.asked.slice(2).map(lineOf), [
      'GET /v1beta/cachedContents',
      'DELETE /v1beta/cachedContents/c1',
    ]);
  });
});
