/** How the mock upstream fails when a request's text tells it to: for runs that look for leaks. */
import type { Socket } from 'node:net';

const MARK = Buffer.from('fault-');
/** Enough for the head and some events of a stream. */
const CUT_SHARE = 0.5;

export const faults = ['fault-refuse', 'fault-busy', 'fault-garbage', 'fault-cut'] as const;
export type Fault = (typeof faults)[number];

export function faultOf(body: Buffer): Fault | undefined {
  const start = body.indexOf(MARK);
  if (start === -1) return undefined;
  const text = body.toString('latin1', start, start + 16);
  return faults.find((fault) => text.startsWith(fault));
}

export function answerFault(socket: Socket, stream: Buffer, fault: Fault): void {
  switch (fault) {
    case 'fault-refuse':
      return void socket.write(errorBytes('400 Bad Request'));
    case 'fault-busy':
      return void socket.write(errorBytes('529 Overloaded'));
    case 'fault-garbage':
      return void socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"half');
    case 'fault-cut':
      socket.write(stream.subarray(0, Math.floor(stream.length * CUT_SHARE)));
      return void socket.end();
  }
}

function errorBytes(status: string): string {
  const body = '{"error":{"message":"no","type":"bad","code":"no"}}';
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
