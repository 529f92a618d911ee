import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { pageUrl, scrape } from './scrape.ts';

const page = 'dragoman_build_info{version="1"} 1\n';

async function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

describe('the address of a page', () => {
  it('may be that of the port', () => {
    assert.equal(pageUrl('http://10.0.0.1:9090'), 'http://10.0.0.1:9090/metrics');
    assert.equal(pageUrl('https://a.example/team/metrics'), 'https://a.example/team/metrics');
  });

  it('holds no password and names what can be asked', () => {
    for (const text of ['9090', 'localhost:9090', 'file:///etc/passwd', 'http://u:p@a.example']) {
      assert.equal(pageUrl(text), undefined, text);
    }
  });
});

describe('a look at a page', () => {
  it('brings what is on it', async (context) => {
    const url = await serve(context, (_, response) => response.end(page));
    assert.equal((await scrape(url)).page.samples.size, 1);
  });

  it('ends when the page does not', async (context) => {
    const url = await serve(context, (_, response) => response.write(page));
    await assert.rejects(scrape(url, { timeoutMs: 100 }), /no answer within 0.1 s/);
    await assert.rejects(
      scrape(url, { timeoutMs: 5_000, bytesMax: 10 }),
      /its page has more than 10 bytes/,
    );
  });

  it('ends when nobody waits for it', async (context) => {
    const url = await serve(context, () => undefined);
    await assert.rejects(scrape(url, { signal: AbortSignal.abort() }));
  });

  it('takes the page of a gateway only', async (context) => {
    const other = await serve(context, (_, response) => response.end('up 1\n'));
    await assert.rejects(scrape(other), /something else than the metrics of Dragoman/);
    const missing = await serve(context, (_, response) => response.writeHead(404).end());
    await assert.rejects(scrape(missing), /it answers 404/);
    const elsewhere = await serve(context, (_, response) => {
      response.writeHead(302, { location: other }).end();
    });
    await assert.rejects(scrape(elsewhere), /redirect/);
  });

  it('says why there is none', async () => {
    await assert.rejects(scrape('http://127.0.0.1:9/metrics'), /bad port|ECONNREFUSED/);
  });
});
