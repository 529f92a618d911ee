/** Sends any bytes and hands over every byte of the answer, head and all. */
import { connect } from 'node:net';

export interface RawQuestion {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In place of all that. */
  readonly text?: string;
  /** Leaves when this was seen. */
  readonly leaveAt?: string;
}

const PATIENCE_MS = 10_000;

/** Never rejects. */
export function askRaw(port: number, question: RawQuestion): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      received += chunk.toString();
      if (question.leaveAt !== undefined && received.includes(question.leaveAt)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(question.text ?? textOf(question));
  });
}

function textOf({ method = 'POST', path, headers = {}, body = '' }: RawQuestion): string {
  const lines = Object.entries({
    host: 'gateway.example',
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
