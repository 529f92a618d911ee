/** A plan and a request, made into the bytes that a provider writes: segments that know their phase. */
import { asElement, dialects, type FormatId, type StreamFraming } from './dialects.ts';
import type { Manner, Phase, Plan } from './plan.ts';

/** What a provider was asked for. */
export interface Question {
  readonly format: FormatId;
  readonly model: string;
  /** Undefined: no stream. */
  readonly stream: StreamFraming | undefined;
}

export interface Segment {
  readonly phase: Phase;
  readonly bytes: Buffer;
  /** It holds one event with marked text. */
  readonly isMarked: boolean;
}

interface Piece {
  readonly phase: Phase;
  readonly text: string;
  readonly isMarked?: boolean;
}

interface Reply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly pieces: readonly Piece[];
}

export interface ScriptOptions {
  readonly question: Question;
  readonly plan: Plan;
  readonly manner: Manner;
  readonly texts: readonly string[];
  /** Where redirects lead. */
  readonly canaryUrl: string;
  /** Said in a header too, so that a header of another attempt shows. */
  readonly streamId: string;
}

export function scriptOf(options: ScriptOptions): readonly Segment[] {
  const reply = replyTo(options);
  const headers = { ...reply.headers, 'request-id': options.streamId };
  return framed({ ...reply, headers }, options.manner);
}

function replyTo(options: ScriptOptions): Reply {
  const { plan, question, canaryUrl } = options;
  const dialect = dialects[question.format];
  switch (plan.type) {
    case 'status':
      return json(plan.status, dialect.errorBody(plan.status, 'planned failure'), plan.headers);
    case 'redirect':
      return json(plan.status, '{}', { location: `${canaryUrl}/caught` });
    case 'page':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        pieces: [{ phase: 'content', text: '<!doctype html><title>Welcome</title><p>Sign in' }],
      };
    case 'error-body':
      return json(200, dialect.errorBody(500, 'planned failure'));
    case 'malformed-body':
      return json(200, dialect.whole(options.texts.join(''), question.model).slice(0, -9));
    default:
      return question.stream === undefined ? wholeReply(options) : streamReply(options);
  }
}

function json(status: number, text: string, headers: Reply['headers'] = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    pieces: [{ phase: 'content', text }],
  };
}

function wholeReply({ plan, question, texts }: ScriptOptions): Reply {
  const dialect = dialects[question.format];
  const text = dialect.whole(texts.join(''), question.model);
  if (plan.type === 'empty') return json(200, '');
  if (plan.type === 'malformed-event') return json(200, text.slice(0, -9));
  if (plan.type === 'error-first' || plan.type === 'error-mid') {
    return json(200, dialect.errorBody(500, 'planned failure'));
  }
  return json(200, text);
}

function streamReply({ plan, question, texts }: ScriptOptions): Reply {
  const pieces = planned(plan, question, texts);
  const isArray = question.stream === 'json-array';
  return {
    status: 200,
    headers: { 'content-type': isArray ? 'application/json' : 'text/event-stream' },
    pieces: isArray ? inArray(pieces) : pieces,
  };
}

function planned(
  plan: Plan,
  { format, model, stream }: Question,
  texts: readonly string[],
): readonly Piece[] {
  const dialect = dialects[format];
  const preamble = dialect.preamble(model).map((text): Piece => ({ phase: 'preamble', text }));
  const terminal = dialect.terminal(model).map((text): Piece => ({ phase: 'terminal', text }));
  const content = texts.map(
    (text): Piece => ({ phase: 'content', text: dialect.text(text, model), isMarked: true }),
  );
  const error: Piece = { phase: 'content', text: dialect.errorEvent('planned failure') };
  const half = Math.ceil(content.length / 2);
  switch (plan.type) {
    case 'error-first':
      return [error];
    case 'error-mid':
      return [...preamble, ...content.slice(0, half), error];
    case 'malformed-event': {
      // What is malformed in an array makes the whole of it unreadable.
      if (stream === 'json-array') return [...preamble, ...content, ...terminal];
      const malformed: Piece = { phase: 'content', text: dialect.malformedEvent(model) };
      return [
        ...preamble,
        ...content.slice(0, half),
        malformed,
        ...content.slice(half),
        ...terminal,
      ];
    }
    case 'empty':
      return emptyStream(plan.of, format);
    default:
      return [...preamble, ...content, ...terminal];
  }
}

function emptyStream(of: 'nothing' | 'comments' | 'end', format: FormatId): readonly Piece[] {
  if (of === 'nothing') return [];
  if (of === 'end' && format === 'openai-chat') {
    return [{ phase: 'terminal', text: 'data: [DONE]\n\n' }];
  }
  return [{ phase: 'preamble', text: ': nothing yet\n\n' }];
}

function inArray(pieces: readonly Piece[]): readonly Piece[] {
  const elements = pieces.filter(({ text }) => text.startsWith('data: '));
  const opening: Piece = { phase: 'preamble', text: '[' };
  const closing: Piece = { phase: 'terminal', text: ']\n' };
  const separated = elements.map((piece, index): Piece => {
    return { ...piece, text: `${index === 0 ? '' : ',\r\n'}${asElement(piece.text)}` };
  });
  return [opening, ...separated, closing];
}

function framed({ status, headers, pieces }: Reply, { framing }: Manner): readonly Segment[] {
  const bodies = pieces.map(({ text }) => Buffer.from(text));
  const length = bodies.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const framingHeader = {
    chunked: { 'transfer-encoding': 'chunked' },
    length: { 'content-length': String(length) },
    close: { connection: 'close' },
  }[framing];
  const lines = Object.entries({ ...headers, ...framingHeader }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = Buffer.from(`HTTP/1.1 ${status} Planned\r\n${lines.join('')}\r\n`);
  const body = pieces.map(({ phase, isMarked = false }, index): Segment => {
    const bytes = bodies[index] ?? Buffer.alloc(0);
    return { phase, isMarked, bytes: framing === 'chunked' ? chunk(bytes) : bytes };
  });
  const last: Segment = { phase: 'terminal', bytes: Buffer.from('0\r\n\r\n'), isMarked: false };
  return [
    { phase: 'head', bytes: head, isMarked: false },
    ...body,
    ...(framing === 'chunked' ? [last] : []),
  ];
}

function chunk(bytes: Buffer): Buffer {
  if (bytes.byteLength === 0) return bytes;
  return Buffer.concat([
    Buffer.from(`${bytes.byteLength.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}

/** The byte of the whole script that lies at this share of a phase; of an absent one: where the next begins. */
export function placeOf(segments: readonly Segment[], phase: Phase, share: number): number {
  const order: readonly Phase[] = ['head', 'preamble', 'content', 'terminal'];
  let before = 0;
  let inside = 0;
  for (const segment of segments) {
    if (order.indexOf(segment.phase) < order.indexOf(phase)) before += segment.bytes.byteLength;
    if (segment.phase === phase) inside += segment.bytes.byteLength;
  }
  return before + Math.floor(inside * share);
}
