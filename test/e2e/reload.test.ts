/** Settings that change while the gateway runs: taken over whole or not at all, and never to the worse. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Gateway, startGateway } from '../../packages/gateway/src/app.ts';
import { hashSecret, newSecret } from '../../packages/gateway/src/keys/secret.ts';
import {
  defaultSettings,
  type KeySettings,
  type Settings,
} from '../../packages/gateway/src/model/settings.ts';
import { channelSettings } from '../../packages/gateway/src/model/testing/settings.ts';
import { answers, json, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';
import { ask, post } from './setup.ts';

const pepper = 'a pepper that is long enough to be one';
const secret = newSecret();
const key: KeySettings = {
  name: 'team-a',
  hash: hashSecret(Buffer.from(pepper), secret),
  user: undefined,
  channels: undefined,
  models: undefined,
  limits: {},
  expiresAt: undefined,
};

describe('a reload', () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway | undefined;
  let folder: string;
  beforeEach(async () => {
    upstream = await scriptedUpstream();
    upstream.answer(json(answers.chat));
    folder = mkdtempSync(join(tmpdir(), 'dragoman-reload-'));
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function settings(apiKeys: readonly string[], changes: Partial<Settings> = {}): Settings {
    const baseUrl = `http://127.0.0.1:${upstream.port}`;
    return {
      ...defaultSettings,
      proxyPort: 0,
      metricsPort: 0,
      logLevel: 'silent',
      workers: 1,
      dataDirectory: folder,
      channels: [channelSettings('a', { baseUrl, apiKeys })],
      ...changes,
    };
  }

  async function status(bearer = 'whatever', host = '127.0.0.1'): Promise<number | string> {
    const url = `http://${host}:${gateway?.proxyPort}/v1/chat/completions`;
    const headers = { authorization: `Bearer ${bearer}` };
    return post(url, ask.chat('gpt-4o'), headers).then(
      (response) => response.status,
      () => 'refused',
    );
  }

  it('that brings the first keys lets nobody in without one from then on', async () => {
    gateway = await startGateway(settings(['k'], { pepper }));
    assert.equal(await status(), 200);
    await gateway.reload(settings(['k'], { pepper, keys: [key] }));
    assert.equal(await status(), 401);
    assert.equal(await status(secret), 200);
  });

  it('whose keys cannot be hashed changes nothing', async () => {
    gateway = await startGateway(settings(['k']));
    const path = join(folder, 'pepper');
    writeFileSync(path, 'a pepper that everybody here can read');
    chmodSync(path, 0o644);
    const { reload } = gateway;
    await assert.rejects(
      () => reload(settings(['k'], { keys: [key], modelAliases: { a: 'b' } })),
      /pepper/,
    );
    assert.equal(await status(), 200);
    assert.equal(JSON.parse(String(upstream.asked.at(-1)?.body)).model, 'gpt-4o');
  });

  it('that would let everybody spend the keys of channels is refused', async () => {
    gateway = await startGateway(settings([], { pepper }), { mayNarrow: true });
    assert.equal(await status('client', '127.0.0.2'), 200);
    const { reload } = gateway;
    await assert.rejects(() => reload(settings(['k'], { pepper })), /everybody could spend them/);
    await reload(settings(['k'], { pepper, keys: [key] }));
    assert.equal(await status('client', '127.0.0.2'), 401);
    assert.equal(await status(secret, '127.0.0.2'), 200);
  });

  it('is not needed at the start: there the gateway keeps to its own machine', async () => {
    gateway = await startGateway(settings(['k']), { mayNarrow: true });
    assert.equal(await status(), 200);
    assert.equal(await status('whatever', '127.0.0.2'), 'refused');
  });
});
