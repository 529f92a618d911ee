/** A steady load of one known key, with how and when each request was answered. */
import { Agent, request as send } from 'node:http';

export interface Answered {
  /** 0: the connection broke. */
  readonly status: number;
  readonly tookMs: number;
  readonly text: string;
}

export interface SteadyLoad {
  /** Those that are over. */
  answered(): readonly Answered[];
  /** No more are sent; resolves when all are over. */
  stop(): Promise<readonly Answered[]>;
}

interface Options {
  readonly port: number;
  readonly key: string;
  readonly everyMs: number;
}

/** Far more than any bound of a test: a request that is answered never is told as such. */
const GIVEN_UP_MS = 15_000;

export function startSteadyLoad({ port, key, everyMs }: Options): SteadyLoad {
  const agent = new Agent({ keepAlive: true });
  const answered: Answered[] = [];
  const running = new Set<Promise<void>>();

  async function askOne(): Promise<void> {
    answered.push(await ask({ port, key, agent }));
  }

  const clock = setInterval(() => {
    const one = askOne().finally(() => running.delete(one));
    running.add(one);
  }, everyMs);
  return {
    answered: () => answered,
    async stop() {
      clearInterval(clock);
      await Promise.all(running);
      agent.destroy();
      return answered;
    },
  };
}

interface Question {
  readonly port: number;
  readonly key: string;
  readonly agent?: Agent;
}

/** Never rejects. */
export function ask({ port, key, agent }: Question): Promise<Answered> {
  const startedMs = performance.now();
  const body = JSON.stringify({
    model: 'gpt-4o',
    max_tokens: 10,
    messages: [{ role: 'user', content: 'hi' }],
  });
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    const over = (): void => resolve({ status, text, tookMs: performance.now() - startedMs });
    const outgoing = send({
      port,
      host: '127.0.0.1',
      ...(agent === undefined ? {} : { agent }),
      method: 'POST',
      path: '/v1/chat/completions',
      timeout: GIVEN_UP_MS,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': String(body.length),
      },
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', over);
    outgoing.on('response', (answer) => {
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('error', over);
      answer.on('end', () => {
        status = answer.statusCode ?? 0;
        over();
      });
    });
    outgoing.end(body);
  });
}
