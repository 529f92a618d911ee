/** One GET of media, within its bounds: nothing of ours goes out, and only plain bytes of a fitting type come in. */
import type { NeededMedia } from 'ai-api-converter';
import { version } from '../lib/version.ts';
import type { Headers, UpstreamCall, UpstreamRequest } from '../model/http.ts';
import type { Destination } from './destination.ts';
import { MediaFault } from './fault.ts';

interface Handler {
  head(status: number, headers: Headers): void;
  data(piece: Uint8Array): void;
  end(): void;
  fail(): void;
}

/** Sends to these addresses and no others. */
export type Send = (
  addresses: readonly string[],
  request: UpstreamRequest,
  handler: Handler,
) => UpstreamCall;

export type Got =
  | { readonly type: 'found'; readonly bytes: Uint8Array; readonly contentType: string }
  | { readonly type: 'moved'; readonly location: string };

export interface Bounds {
  readonly media: NeededMedia['media'];
  /** Of this one. */
  readonly bytesMax: number;
  /** False: the request has no more left. */
  take(bytes: number): boolean;
  readonly send: Send;
  readonly signal: AbortSignal;
}

/** What most providers read comes first, so that servers with a choice do not send anything newer. */
const ACCEPT =
  'image/png, image/jpeg, image/webp, image/gif, application/pdf, audio/*, video/*, */*;q=0.5';

const CONNECT_MS = 5_000;

/** Rejects with MediaFault, or with the reason of the signal. */
export function get({ url, addresses }: Destination, bounds: Bounds): Promise<Got> {
  const { signal } = bounds;
  return new Promise((resolve, reject) => {
    const sent: { call: UpstreamCall | undefined } = { call: undefined };
    let body: Body | undefined;

    function settle(): void {
      signal.removeEventListener('abort', stop);
      sent.call?.abort();
    }

    function fail(cause: unknown): void {
      settle();
      reject(cause);
    }

    function stop(): void {
      fail(signal.reason);
    }

    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    const handler: Handler = {
      head(status, headers) {
        const location = redirects.has(status) ? headers['location'] : undefined;
        if (location !== undefined) {
          settle();
          return resolve({ type: 'moved', location });
        }
        const fault = faultOf(status, headers, bounds);
        if (fault !== undefined) return fail(fault);
        body = createBody(headers['content-type'] ?? '');
      },
      data(piece) {
        if (body === undefined) return;
        const fits = body.bytes() + piece.byteLength <= bounds.bytesMax;
        if (fits && bounds.take(piece.byteLength)) body.add(piece);
        else fail(tooLarge());
      },
      end() {
        settle();
        if (body !== undefined) resolve(body.whole());
      },
      fail: () => fail(new MediaFault('failed', 'its server could not be reached or broke off')),
    };
    sent.call = bounds.send(
      addresses,
      {
        method: 'GET',
        origin: url.origin,
        path: url.pathname + url.search,
        headers: {
          accept: ACCEPT,
          'accept-encoding': 'identity',
          'user-agent': `dragoman/${version}`,
        },
        body: '',
        connectMs: CONNECT_MS,
      },
      handler,
    );
  });
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function tooLarge(): MediaFault {
  return new MediaFault('too_large', 'it is larger than this gateway fetches');
}

function faultOf(status: number, headers: Headers, bounds: Bounds): MediaFault | undefined {
  if (status !== 200) return new MediaFault('failed', `its server answered with status ${status}`);
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  // A few bytes could become any number of them.
  if (encoding !== 'identity')
    return new MediaFault('wrong_type', 'its server sends it compressed');
  if (Number(headers['content-length'] ?? 0) > bounds.bytesMax) return tooLarge();
  if (!isExpected(headers['content-type'] ?? '', bounds.media)) return wrongType(bounds.media);
  return undefined;
}

export function wrongType(media: NeededMedia['media']): MediaFault {
  const article = media === 'image' || media === 'audio' ? 'an' : 'a';
  const name = media === 'audio' ? 'audio file' : media;
  return new MediaFault(
    'wrong_type',
    `what is there is not ${article} ${name} that can be sent on`,
  );
}

const mediaTypes =
  /^(?:(?:image|audio|video)\/|application\/(?:pdf|ogg|octet-stream)\b|binary\/octet-stream\b)/;
const documentTypes =
  /^(?:text\/|application\/(?:json|x-ndjson|xml|yaml|x-yaml|vnd\.openxmlformats-officedocument\.))/;

/** What the bytes are is looked at later; this spares reading what is certainly something else. */
function isExpected(contentType: string, media: NeededMedia['media']): boolean {
  const type = contentType.trim().toLowerCase();
  return type === '' || mediaTypes.test(type) || (media === 'document' && documentTypes.test(type));
}

interface Body {
  bytes(): number;
  add(piece: Uint8Array): void;
  whole(): Got;
}

const FIRST_BYTES = 65_536;

/** In one piece that grows, so that a server that sends single bytes costs no more than they do. */
function createBody(contentType: string): Body {
  let buffer = new Uint8Array(FIRST_BYTES);
  let length = 0;
  return {
    bytes: () => length,
    add(piece) {
      if (length + piece.byteLength > buffer.byteLength) {
        const larger = new Uint8Array(Math.max(buffer.byteLength * 2, length + piece.byteLength));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(piece, length);
      length += piece.byteLength;
    },
    whole: () => ({ type: 'found', bytes: buffer.subarray(0, length), contentType }),
  };
}
