/** Streams: flushed as they come, never faked whole, ended at once when the client leaves. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultSettings } from '../../packages/gateway/src/model/settings.ts';
import { chatStream, json, sse } from './scripted-upstream.ts';
import { ask, post, type Setup, setUp } from './setup.ts';

const doors = [
  {
    name: 'openai-chat',
    path: '/v1/chat/completions',
    body: { ...ask.chat('gpt-4o'), stream: true },
    isErrorEvent: (text: string) => /data: \{"error":\{/.test(text),
    isGoodEnd: (text: string) => text.includes('[DONE]'),
    keepAlive: /: keep-alive/,
  },
  {
    name: 'anthropic-messages',
    path: '/v1/messages',
    body: { ...ask.messages('gpt-4o'), stream: true },
    isErrorEvent: (text: string) => /event: error\ndata: \{"type":"error"/.test(text),
    isGoodEnd: (text: string) => text.includes('message_stop'),
    keepAlive: /event: ping/,
  },
  {
    name: 'gemini',
    path: '/v1beta/models/gpt-4o:streamGenerateContent?alt=sse',
    body: ask.gemini(),
    isErrorEvent: (text: string) => /data: \{"error":\{"code":\d+/.test(text),
    isGoodEnd: (text: string) => text.includes('finishReason'),
    keepAlive: /\{"text":""\}/,
  },
] as const;

/** Reads a body piece by piece, noting when each came. */
async function readTimed(response: Response): Promise<{ text: string; pieces: string[] }> {
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  assert.ok(response.body !== null);
  for await (const chunk of response.body) pieces.push(decoder.decode(chunk, { stream: true }));
  return { text: pieces.join(''), pieces };
}

describe('streams', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp({
      timeouts: {
        ...defaultSettings.timeouts,
        firstByteMs: 600,
        idleMs: 700,
        keepAliveMs: 150,
        holdMs: 400,
      },
    });
  });
  after(() => setup.close());

  for (const door of doors) {
    const open = (): Promise<Response> => post(setup.url + door.path, door.body);

    describe(`to a client of ${door.name}`, () => {
      it('are flushed as they come', async () => {
        let release = (): void => {};
        const gate = new Promise<void>((resolve) => {
          release = resolve;
        });
        setup.upstream.answer(async (response) => {
          sse(response);
          response.write(chatStream.start + chatStream.text('first'));
          await gate;
          response.end(chatStream.text('second') + chatStream.finish + chatStream.done);
        });
        const response = await open();
        assert.ok(response.body !== null);
        const reader = response.body.getReader();
        let text = '';
        while (!text.includes('first')) {
          const { value } = await reader.read();
          text += new TextDecoder().decode(value);
        }
        assert.equal(text.includes('second'), false);
        release();
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          text += new TextDecoder().decode(next.value);
        }
        assert.ok(text.includes('second'));
        assert.ok(door.isGoodEnd(text));
        assert.equal(door.isErrorEvent(text), false);
      });

      it('end in an error event when the upstream is cut', async () => {
        setup.upstream.answer(async (response) => {
          sse(response);
          response.write(chatStream.start + chatStream.text('half'));
          await sleep(30);
          response.destroy();
        });
        const { text } = await readTimed(await open());
        assert.ok(text.includes('half'));
        assert.ok(door.isErrorEvent(text), text);
        assert.equal(door.isGoodEnd(text), false, text);
      });

      it('end in an error event when the upstream ends without its end', async () => {
        setup.upstream.answer((response) => {
          sse(response);
          response.end(chatStream.start + chatStream.text('half'));
        });
        const { text } = await readTimed(await open());
        assert.ok(door.isErrorEvent(text), text);
        assert.equal(door.isGoodEnd(text), false, text);
      });

      it('end in an error event when the upstream stalls, and are kept alive before', async () => {
        setup.upstream.answer((response) => {
          sse(response);
          response.write(chatStream.start + chatStream.text('half'));
        });
        const { text } = await readTimed(await open());
        assert.match(text, door.keepAlive);
        assert.ok(door.isErrorEvent(text), text);
        assert.equal(door.isGoodEnd(text), false, text);
        await setup.upstream.asked[0]?.aborted;
      });

      it('are a real HTTP error when their first event is an error', async () => {
        setup.upstream.answer((response) => {
          sse(response);
          response.end(
            'data: {"error":{"message":"overloaded","type":"server_error","code":"overloaded"}}\n\n',
          );
        });
        const response = await open();
        assert.ok(response.status === 503 || response.status === 529, String(response.status));
        assert.match(await response.text(), /overloaded/);
      });

      it('are a 504 when nothing comes', async () => {
        setup.upstream.answer(() => {});
        const response = await open();
        assert.equal(response.status, 504);
        await response.text();
        await setup.upstream.asked[0]?.aborted;
      });

      it('begin with a keep-alive when the first output takes long', async () => {
        setup.upstream.answer(async (response) => {
          sse(response);
          response.write(chatStream.start);
          await sleep(650);
          response.end(chatStream.text('late') + chatStream.finish + chatStream.done);
        });
        const response = await open();
        assert.equal(response.status, 200);
        const { text } = await readTimed(response);
        assert.ok(text.includes('late'));
        assert.ok(door.isGoodEnd(text));
      });

      it('are a 502 when the upstream answers with a page', async () => {
        setup.upstream.answer((response) => {
          response.writeHead(200, { 'content-type': 'text/html' });
          response.end('<html>hello</html>');
        });
        const response = await open();
        assert.equal(response.status, 502);
        await response.text();
      });

      it('end the upstream at once when the client leaves', async () => {
        setup.upstream.answer((response) => {
          sse(response);
          response.write(chatStream.start + chatStream.text('first'));
        });
        const controller = new AbortController();
        const response = await fetch(setup.url + door.path, {
          method: 'POST',
          body: JSON.stringify(door.body),
          signal: controller.signal,
        });
        assert.ok(response.body !== null);
        await response.body.getReader().read();
        const leftAt = performance.now();
        controller.abort();
        await setup.upstream.asked[0]?.aborted;
        assert.ok(performance.now() - leftAt < 2_000);
      });

      it('arrive whole when characters are cut between chunks', async () => {
        const words = 'naïve 日本語 🎉 done';
        const bytes = Buffer.from(
          chatStream.start + chatStream.text(words) + chatStream.finish + chatStream.done,
        );
        setup.upstream.answer(async (response) => {
          sse(response);
          for (let at = 0; at < bytes.length; at += 7) {
            response.write(bytes.subarray(at, at + 7));
            await new Promise((resolve) => setImmediate(resolve));
          }
          response.end();
        });
        const { text } = await readTimed(await open());
        assert.ok(text.includes(words), text);
        assert.ok(door.isGoodEnd(text));
      });
    });
  }

  it('of clients that ask for no stream end the upstream when they leave', async () => {
    setup.upstream.answer(() => {});
    const controller = new AbortController();
    const gone = fetch(`${setup.url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify(ask.messages('gpt-4o')),
      signal: controller.signal,
    }).catch(() => 'gone');
    while (setup.upstream.asked.length === 0) await sleep(5);
    controller.abort();
    assert.equal(await gone, 'gone');
    await setup.upstream.asked[0]?.aborted;
  });

  it('that pass through are kept alive between events only, and never inside one', async () => {
    const event = chatStream.text('slow');
    setup.upstream.answer(async (response) => {
      sse(response);
      response.write(chatStream.start + chatStream.text('first') + event.slice(0, 40));
      await sleep(400);
      response.write(event.slice(40));
      await sleep(400);
      response.end(chatStream.finish + chatStream.done);
    });
    const { text } = await readTimed(await post(setup.url + doors[0].path, doors[0].body));
    assert.ok(text.includes(event), text);
    assert.ok(text.includes(': keep-alive\n\n'), text);
    const { start, finish, done } = chatStream;
    const sent = start + chatStream.text('first') + event + finish + done;
    assert.equal(text.replaceAll(': keep-alive\n\n', ''), sent);
  });

  it('are not read faster than the client takes them', async () => {
    const event = chatStream.text('x'.repeat(60_000));
    let sent = 0;
    setup.upstream.answer(async (response) => {
      sse(response);
      response.write(chatStream.start);
      while (!response.destroyed && sent < 200_000_000) {
        sent += event.length;
        if (!response.write(event))
          await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      }
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const request = httpRequest(setup.url + doors[1].path, { method: 'POST' }, (response) => {
      response.pause();
      setTimeout(() => {
        response.destroy();
        resolve();
      }, 500);
    });
    request.end(JSON.stringify(doors[1].body));
    await promise;
    assert.ok(sent < 40_000_000, `${sent} bytes were taken for a client that reads nothing`);
  });

  it('in which an error follows the first output keep their output and end in an error event', async () => {
    setup.upstream.answer(async (response) => {
      sse(response);
      response.write(chatStream.start + chatStream.text('half'));
      await sleep(30);
      response.end('data: {"error":{"message":"boom","type":"server_error"}}\n\n');
    });
    for (const door of doors) {
      const { text } = await readTimed(await post(setup.url + door.path, door.body));
      assert.ok(text.includes('half'), door.name);
      assert.ok(text.includes('boom'), door.name);
      assert.ok(door.isErrorEvent(text), text);
      assert.equal(door.isGoodEnd(text), false, text);
    }
  });

  it('refused upstream are refused in the client format with the upstream status', async () => {
    setup.upstream.answer(
      json(
        {
          error: { message: 'slow down', type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' },
        },
        429,
        { 'retry-after': '7' },
      ),
    );
    for (const door of doors) {
      const response = await post(setup.url + door.path, door.body);
      assert.equal(response.status, 429);
      assert.equal(response.headers.get('retry-after'), '7');
      assert.match(await response.text(), /slow down/);
    }
  });
});
