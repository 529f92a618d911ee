/** Reads HTTP/1.1 messages from raw bytes, as far as tests need, and says exactly how each ended. */

export interface MessageHead {
  readonly startLine: string;
  /** By lower-case name; several values of one name are joined with a comma. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface MessageListener {
  head(head: MessageHead): void;
  body(bytes: Buffer): void;
  /** The message is complete as its own framing says. */
  end(): void;
  /** What came is no HTTP. */
  broken(reason: string): void;
}

export interface MessageReader {
  push(bytes: Buffer): void;
  /** The other side closed: the end of a body without length, and of nothing else. */
  close(): void;
  /** Nothing of a message was read since the last one ended. */
  isBetweenMessages(): boolean;
}

type State =
  | { readonly type: 'head' }
  | { readonly type: 'length'; readonly left: number }
  | { readonly type: 'chunk-size' }
  | { readonly type: 'chunk'; readonly left: number }
  | { readonly type: 'trailer' }
  | { readonly type: 'until-close' }
  | { readonly type: 'over' };

const CRLF = '\r\n';

export function createMessageReader(
  kind: 'request' | 'response',
  listener: MessageListener,
): MessageReader {
  let state: State = { type: 'head' };
  let rest: Buffer = Buffer.alloc(0);

  function ended(): void {
    state = { type: 'head' };
    listener.end();
  }

  function broken(reason: string): void {
    state = { type: 'over' };
    listener.broken(reason);
  }

  function take(length: number): Buffer {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  }

  /** Undefined: it is not complete yet. */
  function takeLine(): string | undefined {
    const at = rest.indexOf(CRLF);
    return at === -1 ? undefined : take(at + CRLF.length).toString('latin1', 0, at);
  }

  function readHead(): boolean {
    const at = rest.indexOf(`${CRLF}${CRLF}`);
    if (at === -1) return false;
    const head = parseHead(take(at + 4).toString('latin1', 0, at));
    if (/^HTTP\/1\.1 1\d\d/.test(head.startLine)) return true;
    const next = framingOf(kind, head);
    if (next === undefined) {
      broken(`unreadable head: ${head.startLine}`);
      return false;
    }
    state = next;
    listener.head(head);
    if (next.type === 'length' && next.left === 0) ended();
    return true;
  }

  function readSized(left: number, isChunk: boolean): boolean {
    if (rest.length === 0) return false;
    const bytes = take(Math.min(left, rest.length));
    const remains = left - bytes.length;
    state = { type: isChunk ? 'chunk' : 'length', left: remains };
    if (bytes.length > 0) listener.body(bytes);
    if (remains > 0) return false;
    if (!isChunk) ended();
    return true;
  }

  function readChunkEnd(): boolean {
    const line = takeLine();
    if (line === undefined) return false;
    if (line === '') state = { type: 'chunk-size' };
    else broken('a chunk is longer than its size says');
    return true;
  }

  function readChunkSize(): boolean {
    const line = takeLine();
    if (line === undefined) return false;
    const size = /^([0-9a-fA-F]+)\s*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) broken(`no chunk size: ${line.slice(0, 40)}`);
    else if (Number.parseInt(size, 16) === 0) state = { type: 'trailer' };
    else state = { type: 'chunk', left: Number.parseInt(size, 16) };
    return true;
  }

  function readTrailer(): boolean {
    const line = takeLine();
    if (line === undefined) return false;
    if (line === '') ended();
    return true;
  }

  /** True: go on. */
  function step(): boolean {
    switch (state.type) {
      case 'head':
        return readHead();
      case 'length':
        return readSized(state.left, false);
      case 'chunk':
        return state.left === 0 ? readChunkEnd() : readSized(state.left, true);
      case 'chunk-size':
        return readChunkSize();
      case 'trailer':
        return readTrailer();
      case 'until-close':
        if (rest.length > 0) listener.body(take(rest.length));
        return false;
      case 'over':
        return false;
    }
  }

  return {
    push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      while (step());
    },
    close() {
      if (state.type === 'until-close') ended();
      state = { type: 'over' };
    },
    isBetweenMessages() {
      return state.type === 'head' && rest.length === 0;
    },
  };
}

function parseHead(text: string): MessageHead {
  const [startLine = '', ...lines] = text.split(CRLF);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const known = headers.get(name);
    headers.set(name, known === undefined ? value : `${known}, ${value}`);
  }
  return { startLine, headers };
}

function framingOf(
  kind: 'request' | 'response',
  { startLine, headers }: MessageHead,
): State | undefined {
  const isHead =
    kind === 'request' ? / HTTP\/1\.[01]$/.test(startLine) : /^HTTP\/1\.[01] \d{3}/.test(startLine);
  if (!isHead) return undefined;
  if (/chunked/i.test(headers.get('transfer-encoding') ?? '')) return { type: 'chunk-size' };
  const length = headers.get('content-length');
  if (length !== undefined) return { type: 'length', left: Number(length) };
  return kind === 'request' ? { type: 'length', left: 0 } : { type: 'until-close' };
}
