/** Questions of whoever runs the gateway, answered on its own machine only. */
import { type JsonValue, parseJson } from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import { newId } from '../lib/ids.ts';
import { requestIdOf } from '../lib/request-id.ts';
import { GatewayError } from '../model/errors.ts';
import type { RawRequest, Reply } from '../model/http.ts';

export interface Admin {
  /** Throws GatewayError for what is no question. */
  explain(question: JsonValue): Promise<unknown>;
}

const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** True when the request was for one of these and is being answered. */
export function answerAdmin(raw: RawRequest, reply: Reply, admin: Admin): boolean {
  if (raw.path !== '/admin/explain') return false;
  const send = (status: number, body: unknown): void => answerWith(raw, reply, { status, body });
  if (!isLocal(raw, reply)) {
    send(403, { error: '/admin is answered on this machine only' });
    return true;
  }
  if (raw.method !== 'POST') {
    send(405, { error: `${raw.method} ${raw.path}: use POST` });
    return true;
  }
  void answer(raw, admin).then(
    (answered) => send(200, answered),
    (cause: unknown) => {
      const known = cause instanceof GatewayError ? cause.error : undefined;
      send(known?.status ?? 500, { error: known?.message ?? 'this could not be explained' });
    },
  );
  return true;
}

async function answer(raw: RawRequest, admin: Admin): Promise<unknown> {
  const text = textOf(await raw.readBody(BODY_BYTES_MAX));
  let question: JsonValue;
  try {
    question = parseJson(text);
  } catch (cause) {
    throw new GatewayError('body-invalid', 'the body is not valid JSON', { cause });
  }
  return admin.explain(question);
}

/** A proxy on this machine would make everybody local, and says so; so does a page in a browser. */
function isLocal(raw: RawRequest, reply: Reply): boolean {
  const peer = reply.peer().replace(/^::ffff:/, '');
  if (!peer.startsWith('127.') && peer !== '::1') return false;
  return ['forwarded', 'x-forwarded-for', 'origin'].every((name) => raw.header(name) === undefined);
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

function answerWith(raw: RawRequest, reply: Reply, { status, body }: Answered): void {
  if (reply.isGone()) return;
  const bytes = Buffer.from(JSON.stringify(body));
  reply.head(status, {
    'x-request-id': requestIdOf(raw.header('x-request-id'), newId),
    'content-type': 'application/json',
    'content-length': String(bytes.byteLength),
  });
  reply.end(bytes);
}
