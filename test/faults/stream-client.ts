/** A client of all three formats on a raw socket: notes every byte with its time, and how the answer ended. */
import { connect } from 'node:net';
import type { FormatId, StreamFraming } from './dialects.ts';
import { createMessageReader } from './http-wire.ts';
import type { Cut } from './plan.ts';

export interface Question {
  readonly port: number;
  readonly format: FormatId;
  readonly model: string;
  /** Stands in the prompt, so that the provider's ledger knows whose request it was. */
  readonly id: string;
  /** Undefined: no stream. */
  readonly stream: StreamFraming | undefined;
  readonly headers?: { readonly [name: string]: string };
  /** In place of the shortest that is whole. */
  readonly body?: object;
}

/**
 * `complete`: as the framing says. `cut`: closed before. `reset`: closed the hard way. `mute`: nothing
 * more came for far too long. `left`: this side closed. `garbled`: no HTTP.
 */
type AnswerEnd = 'complete' | 'cut' | 'reset' | 'mute' | 'left' | 'garbled';

export interface Received {
  readonly id: string;
  readonly format: FormatId;
  readonly framing: StreamFraming | undefined;
  /** 0: no head came. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** When each piece of the body came, and how many bytes it had. */
  readonly pieces: readonly { readonly atMs: number; readonly bytes: number }[];
  readonly askedMs: number;
  readonly firstByteMs: number | undefined;
  readonly endedMs: number;
  readonly end: AnswerEnd;
}

export interface Exchange {
  /** Never rejects. */
  readonly received: Promise<Received>;
  /** Resolves with the first byte, or when there will be none. */
  readonly begun: Promise<void>;
  leave(by: Cut): void;
}

const MUTE_MS = 20_000;

export function ask(question: Question): Exchange {
  const { port, id, format, stream } = question;
  const received = Promise.withResolvers<Received>();
  const begun = Promise.withResolvers<void>();
  const pieces: { readonly atMs: number; readonly bytes: number }[] = [];
  const body: Buffer[] = [];
  const askedMs = performance.now();
  let status = 0;
  let headers: ReadonlyMap<string, string> = new Map();
  let firstByteMs: number | undefined;
  let isOver = false;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const mute = setTimeout(() => over('mute'), MUTE_MS);

  function over(end: AnswerEnd): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(mute);
    socket.destroy();
    begun.resolve();
    received.resolve({
      id,
      format,
      framing: stream,
      status,
      headers,
      text: Buffer.concat(body).toString(),
      pieces,
      askedMs,
      firstByteMs,
      endedMs: performance.now(),
      end,
    });
  }

  const reader = createMessageReader('response', {
    head(head) {
      status = Number(head.startLine.split(' ')[1]);
      headers = head.headers;
    },
    body(bytes) {
      pieces.push({ atMs: performance.now(), bytes: bytes.byteLength });
      body.push(bytes);
    },
    end: () => over('complete'),
    broken: () => over('garbled'),
  });
  socket.on('data', (bytes: Buffer) => {
    firstByteMs ??= performance.now();
    begun.resolve();
    mute.refresh();
    reader.push(bytes);
  });
  socket.on('end', () => {
    reader.close();
    over('cut');
  });
  socket.on('error', () => over('reset'));
  socket.on('close', () => over('cut'));
  socket.write(requestText(question));
  return {
    received: received.promise,
    begun: begun.promise,
    leave(by) {
      if (by === 'rst') socket.resetAndDestroy();
      over('left');
    },
  };
}

function requestText({ format, model, id, stream, headers = {}, body, port }: Question): string {
  const asked = body ?? bodies[format](model, `ask:${id} please`, stream !== undefined);
  const text = JSON.stringify(asked);
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathOf(format, model, stream)} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

function pathOf(format: FormatId, model: string, stream: StreamFraming | undefined): string {
  if (format === 'openai-chat') return '/v1/chat/completions';
  if (format === 'anthropic-messages') return '/v1/messages';
  if (stream === undefined) return `/v1beta/models/${model}:generateContent`;
  const query = stream === 'sse' ? '?alt=sse' : '';
  return `/v1beta/models/${model}:streamGenerateContent${query}`;
}

type Body = (model: string, prompt: string, stream: boolean) => object;

const bodies: { readonly [format in FormatId]: Body } = {
  'openai-chat': (model, prompt, stream) => ({
    model,
    messages: [{ role: 'user', content: prompt }],
    ...(stream ? { stream } : {}),
  }),
  'anthropic-messages': (model, prompt, stream) => ({
    model,
    max_tokens: 100,
    messages: [{ role: 'user', content: prompt }],
    ...(stream ? { stream } : {}),
  }),
  gemini: (_model, prompt) => ({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
};
