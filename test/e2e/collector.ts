/** A collector of traces that keeps what it is sent, for tests to look at. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceSettings } from '../../packages/gateway/src/model/trace-settings.ts';

export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: { readonly [name: string]: unknown };
}

interface Batch {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface Collector {
  readonly url: string;
  readonly batches: Batch[];
  spans(): readonly SeenSpan[];
  /** Waits until there are so many. */
  waitFor(count: number): Promise<readonly SeenSpan[]>;
  /** Instead of taking what comes. */
  answer(by: (response: ServerResponse, batch: Batch) => void): void;
  close(): Promise<void>;
}

export const SERVER = 2;
export const CLIENT = 3;

export async function startCollector(): Promise<Collector> {
  const batches: Batch[] = [];
  let answer = (response: ServerResponse, _batch: Batch): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{}');
  };
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const batch = { path: request.url ?? '', headers: request.headers, text };
    batches.push(batch);
    answer(response, batch);
  }
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const spans = (): readonly SeenSpan[] => batches.flatMap(({ text }) => spansIn(text));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    batches,
    spans,
    async waitFor(count) {
      for (let tries = 0; tries < 400 && spans().length < count; tries++) await sleep(10);
      return spans();
    },
    answer(by) {
      answer = by;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As a gateway would read them, with batches that are sent soon. */
export function tracesTo(url: string, overrides: Partial<TraceSettings> = {}): TraceSettings {
  return {
    url,
    headers: {},
    timeoutMs: 2_000,
    resource: { 'service.name': 'dragoman' },
    sampler: { ratio: 1, followsParent: true },
    queueMax: 2_048,
    delayMs: 5,
    batchMax: 512,
    ...overrides,
  };
}

interface Json {
  readonly [name: string]: unknown;
}

function spansIn(text: string): readonly SeenSpan[] {
  const body = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: Json[] }[] }[] };
  return body.resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map((span) => ({ ...span, attributes: attributesOf(span['attributes']) }) as SeenSpan);
}

function attributesOf(list: unknown): { readonly [name: string]: unknown } {
  const entries = (list as { key: string; value: Json }[]).map(({ key, value }) => {
    const int = value['intValue'];
    const plain = int === undefined ? Object.values(value)[0] : Number(int);
    return [key, plain] as const;
  });
  return Object.fromEntries(entries);
}
