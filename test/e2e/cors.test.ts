/** Pages in browsers that ask the gateway: off, until an origin is allowed. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { answers, json } from './scripted-upstream.ts';
import { ask, clients, post, type Setup, setUp } from './setup.ts';

const origin = 'https://app.example.com';

describe('a page in a browser', () => {
  let setup: Setup;
  afterEach(() => setup.close());

  function preflight(path: string): Promise<Response> {
    return fetch(setup.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-api-key',
      },
    });
  }

  it('is told nothing by default', async () => {
    setup = await setUp();
    const response = await preflight('/v1/messages');
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  });

  it('may ask on every path and read every answer once its origin is allowed', async () => {
    setup = await setUp({ corsOrigins: [origin], auth: 'required' });
    setup.upstream.answer(json(answers.chat));
    const paths = clients.map(({ door }) => door('gpt-4o'));
    for (const path of [...paths, '/v1/models', '/v1/messages/count_tokens', '/nowhere']) {
      const before = await preflight(path);
      assert.deepEqual(
        [before.status, before.headers.get('access-control-allow-origin')],
        [204, origin],
      );
      assert.equal(before.headers.get('access-control-allow-headers'), 'content-type,x-api-key');
      const refused = await post(setup.url + path, ask.chat('gpt-4o'), { origin });
      assert.ok(refused.status >= 400);
      assert.equal(refused.headers.get('access-control-allow-origin'), origin, path);
      assert.match(refused.headers.get('access-control-expose-headers') ?? '', /x-request-id/);
    }
  });

  it('reads who answered', async () => {
    setup = await setUp({ corsOrigins: ['*'] });
    setup.upstream.answer(json(answers.chat));
    const response = await post(`${setup.url}/v1/chat/completions`, ask.chat('gpt-4o'), { origin });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const exposed = response.headers.get('access-control-expose-headers') ?? '';
    assert.match(exposed, /x-dragoman-channel/);
  });
});
