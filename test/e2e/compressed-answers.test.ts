/** Answers that come compressed although nobody asked: bounded by what they become. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answers } from './scripted-upstream.ts';
import { ask, post, type Setup, setUp } from './setup.ts';

const fields = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

describe('a compressed answer', () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp();
  });
  after(() => setup.close());

  it('reaches the client undone', async () => {
    setup.upstream.answer((response) => {
      response.writeHead(200, fields).end(gzipSync(JSON.stringify(answers.chat)));
    });
    const response = await post(`${setup.url}/v1/chat/completions`, ask.chat('gpt-4o'));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-encoding'), null);
    assert.deepEqual(await response.json(), answers.chat);
  });

  for (const status of [200, 400]) {
    it(`with status ${status} that grows beyond the bound is given up`, async () => {
      const bomb = gzipSync(Buffer.alloc(100_000_000, 32));
      setup.upstream.answer((response) => {
        response.writeHead(status, fields).end(bomb);
      });
      const response = await post(`${setup.url}/v1/chat/completions`, ask.chat('gpt-4o'));
      assert.equal(response.status, 502);
      assert.match(await response.text(), /larger than 67108864 bytes/);
    });
  }
});
