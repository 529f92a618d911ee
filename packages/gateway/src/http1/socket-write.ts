/** One write to a socket: text, bytes and text again, in as few system calls and copies as are worth it. */
import type { Socket } from 'node:net';

export interface Piece {
  /** Latin1, as a head is. */
  readonly before: string;
  readonly chunk: Uint8Array | string;
  readonly chunkBytes: number;
  readonly after: string;
}

/** Up to here a copy, into Node's pool, costs less than handing the kernel several buffers; measured. */
const COPY_BYTES_MAX = 4 * 1024;

export function isSmall({ chunkBytes }: Piece): boolean {
  return chunkBytes <= COPY_BYTES_MAX;
}

/** False: the socket's buffer is full. */
export function writePiece(socket: Socket, piece: Piece): boolean {
  const { before, chunkBytes, after } = piece;
  if (chunkBytes === 0) return socket.write(before + after, 'latin1');
  return isSmall(piece) ? socket.write(joined(piece)) : writeApart(socket, piece);
}

export function joined({ before, chunk, chunkBytes, after }: Piece): Buffer {
  const whole = Buffer.allocUnsafe(before.length + chunkBytes + after.length);
  whole.write(before, 0, 'latin1');
  if (typeof chunk === 'string') whole.write(chunk, before.length, 'utf8');
  else whole.set(chunk, before.length);
  if (after !== '') whole.write(after, before.length + chunkBytes, 'latin1');
  return whole;
}

function writeApart(socket: Socket, { before, chunk, after }: Piece): boolean {
  socket.cork();
  if (before !== '') socket.write(before, 'latin1');
  socket.write(chunk);
  if (after !== '') socket.write(after, 'latin1');
  socket.uncork();
  return !socket.writableNeedDrain;
}
