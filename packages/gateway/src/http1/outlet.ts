/** The way of answers onto a client's connection: in a crowd, what is written waits for the end of the turn. */
import type { Socket } from 'node:net';
import { CROWD_MIN, createTurn, type Turn } from '../lib/turn.ts';
import { isSmall, joined, type Piece, writePiece } from './socket-write.ts';

/** All connections of a server. */
export interface Crowd {
  readonly turn: Turn<Outlet>;
  /** That are running. */
  readonly exchanges: number;
}

/** To be changed by the functions of this module only. */
export interface Outlet {
  readonly socket: Socket;
  readonly crowd: Crowd;
  /** What is written waits for the end of the turn. */
  isHolding: boolean;
  /** All that waits, as long as it is one small piece: several are gathered by the corked socket, which costs more. */
  held: Buffer | undefined;
  onReleased: (() => void) | undefined;
}

export function createOutlet(socket: Socket, crowd: Crowd): Outlet {
  return { socket, crowd, isHolding: false, held: undefined, onReleased: undefined };
}

export function createOutletTurn(): Turn<Outlet> {
  return createTurn(release);
}

/** False: the socket's buffer is full. */
export function writeOut(outlet: Outlet, piece: Piece): boolean {
  const { socket, crowd } = outlet;
  if (!outlet.isHolding) {
    if (crowd.exchanges < CROWD_MIN) return writePiece(socket, piece);
    outlet.isHolding = true;
    crowd.turn.atEnd(outlet);
    if (isSmall(piece)) {
      outlet.held = joined(piece);
      return !socket.writableNeedDrain;
    }
  }
  if (socket.writableCorked === 0) socket.cork();
  writeHeld(outlet);
  return writePiece(socket, piece);
}

/** Nothing that was written waits any longer. */
export function flushOut(outlet: Outlet): void {
  writeHeld(outlet);
  if (outlet.socket.writableCorked > 0) outlet.socket.uncork();
}

/** Calls back once nothing waits for the end of the turn. */
export function whenReleased(outlet: Outlet, listener: () => void): void {
  if (outlet.isHolding) outlet.onReleased = listener;
  else listener();
}

function release(outlet: Outlet): void {
  const { onReleased } = outlet;
  outlet.isHolding = false;
  flushOut(outlet);
  if (onReleased === undefined) return;
  outlet.onReleased = undefined;
  onReleased();
}

function writeHeld(outlet: Outlet): void {
  const { held, socket } = outlet;
  if (held === undefined) return;
  outlet.held = undefined;
  if (!socket.destroyed) socket.write(held);
}
