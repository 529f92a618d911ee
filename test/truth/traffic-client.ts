/** Sends the requests of that run, leaves when the plan says so, and tells what it got. */
import { Agent, type IncomingMessage, request as send } from 'node:http';
import type { ClientFormat } from './plan.ts';
import type { KeyName, Trip } from './traffic-plan.ts';
import type { Noted } from './traffic-upstream.ts';

export interface Got {
  /** 0: none came, as this side left. */
  readonly status: number;
  /** As the answer says: `main:503`, in order. */
  readonly trail: readonly string[];
  /** Kinds of things that a conversion could not carry, as the answer's head says. */
  readonly losses: readonly string[];
}

export interface TrafficClient {
  /** Never rejects. */
  perform(trip: Trip, noted: Noted): Promise<Got>;
  close(): void;
}

interface Options {
  readonly port: number;
  readonly secrets: Readonly<Record<KeyName, string>>;
  readonly unknownSecret: string;
}

export function createTrafficClient({ port, secrets, unknownSecret }: Options): TrafficClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  function perform(trip: Trip, noted: Noted): Promise<Got> {
    const { id, key, user, leave, flaw } = trip;
    return new Promise((resolve) => {
      let got: Got = { status: 0, trail: [], losses: [] };
      const body = bodyOf(trip);
      const secret = flaw === 'unknown-key' ? unknownSecret : secrets[key];
      const outgoing = send({
        port,
        host: '127.0.0.1',
        agent: leave === undefined ? agent : false,
        method: flaw === 'wrong-method' ? 'PUT' : 'POST',
        path: flaw === 'unknown-path' ? '/v1/nowhere' : pathOf(trip),
        headers: {
          'x-request-id': id,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          ...(flaw === 'no-key' ? {} : { authorization: `Bearer ${secret}` }),
          ...(user === undefined ? {} : { user }),
        },
      });
      outgoing.on('error', () => resolve(got));
      outgoing.on('close', () => resolve(got));
      outgoing.on('response', (answer) => {
        got = gotOf(answer);
        receive(answer, () => {
          if (leave === 'mid-stream') outgoing.destroy();
          else noted.heard.resolve();
        });
      });
      const half = Buffer.from(body).subarray(0, body.length / 2);
      if (leave === 'half-sent') return void outgoing.write(half, () => outgoing.destroy());
      outgoing.end(body, () => {
        if (leave === 'at-once') outgoing.destroy();
        if (leave === 'thinking') void noted.arrived.promise.then(() => outgoing.destroy());
      });
    });
  }

  return { perform, close: () => agent.destroy() };
}

function gotOf({ statusCode = 0, headers }: IncomingMessage): Got {
  const list = (name: string): readonly string[] =>
    (headers[name] ?? '')
      .toString()
      .split(', ')
      .filter((item) => item !== '');
  return {
    status: statusCode,
    trail: list('x-dragoman-attempts'),
    losses: list('x-dragoman-losses'),
  };
}

function receive(answer: IncomingMessage, heard: () => void): void {
  let text = '';
  answer.on('error', () => undefined);
  answer.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('word0')) heard();
  });
}

function pathOf({ client, model, flaw, stream }: Trip): string {
  if (client === 'openai-chat') return '/v1/chat/completions';
  if (client === 'anthropic-messages') return '/v1/messages';
  const call = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  const asked = flaw === 'no-model' ? '%20' : flaw === 'unknown-model' ? 'no-such-model' : model;
  return `/v1beta/models/${asked}:${call}`;
}

function bodyOf({ client, id, model, flaw, stream, asksForUsage, isLossy }: Trip): string {
  if (flaw === 'no-json') return '{"model":';
  const messages = [{ role: 'user', content: `exchange ${id}` }];
  const asked = flaw === 'no-model' ? '' : flaw === 'unknown-model' ? 'no-such-model' : model;
  const bodies: Readonly<Record<ClientFormat, object>> = {
    'openai-chat': {
      model: asked,
      messages,
      ...(stream ? { stream } : {}),
      ...(stream && asksForUsage ? { stream_options: { include_usage: true } } : {}),
      ...(isLossy ? { logit_bias: { 1: 5 } } : {}),
    },
    'anthropic-messages': {
      model: asked,
      max_tokens: 1_000,
      messages,
      ...(stream ? { stream } : {}),
    },
    gemini: { contents: [{ role: 'user', parts: [{ text: `exchange ${id}` }] }] },
  };
  return JSON.stringify(bodies[client]);
}
