/** Writes a script to a raw socket: in its rhythm, up to where the plan breaks it off. */
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Cut, Manner, Plan } from './plan.ts';
import { placeOf, type Segment } from './script.ts';

/** Counted while it goes on. */
export interface Progress {
  bytesSent: number;
  /** Events with marked text whose last byte is out. */
  eventsSent: number;
}

/** `closed`: the other side was first. */
export type Ending = 'sent' | 'stalled' | 'cut' | 'closed';

export interface Transmission {
  readonly socket: Socket;
  readonly segments: readonly Segment[];
  readonly plan: Plan;
  readonly manner: Manner;
  readonly progress: Progress;
}

export async function transmit(transmission: Transmission): Promise<Ending> {
  const { socket, segments, plan, manner } = transmission;
  const until = breakOf(plan, segments);
  const gapMs = plan.type === 'slow' ? plan.tickMs : manner.gapMs;
  for (const group of grouped(segments, plan, manner)) {
    if (!socket.writable) return 'closed';
    if (send(group, until, transmission)) {
      return plan.type === 'cut' ? cut(socket, plan.by) : 'stalled';
    }
    if (gapMs > 0) await sleep(gapMs);
    else if (manner.pace === 'events') await nextTurn();
  }
  return 'sent';
}

/** How many bytes go out before the plan breaks off. */
function breakOf(plan: Plan, segments: readonly Segment[]): number {
  if (plan.type !== 'cut' && plan.type !== 'stall') return Number.POSITIVE_INFINITY;
  const place = placeOf(segments, plan.at, plan.share);
  const length = segments.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  // Nobody can tell a whole answer from one that stalls after its end.
  return plan.type === 'stall' && place >= length ? Number.POSITIVE_INFINITY : place;
}

/** What goes out in one write. */
function grouped(
  segments: readonly Segment[],
  plan: Plan,
  { pace }: Manner,
): readonly (readonly Segment[])[] {
  if (plan.type === 'slow') {
    return segments.flatMap((segment) => split(segment, plan.tickBytes)).map((part) => [part]);
  }
  return pace === 'at-once' ? [segments] : segments.map((segment) => [segment]);
}

function split(segment: Segment, size: number): readonly Segment[] {
  const { phase, bytes, isMarked } = segment;
  const parts: Segment[] = [];
  for (let at = 0; at < bytes.byteLength; at += size) {
    const isLast = at + size >= bytes.byteLength;
    parts.push({ phase, bytes: bytes.subarray(at, at + size), isMarked: isMarked && isLast });
  }
  return parts;
}

/** True: the place where the plan breaks off is reached. */
function send(
  group: readonly Segment[],
  until: number,
  { socket, progress }: Transmission,
): boolean {
  const out: Buffer[] = [];
  let isBroken = until === 0;
  for (const { bytes, isMarked } of group) {
    if (isBroken) break;
    const left = until - progress.bytesSent;
    const isWhole = bytes.byteLength <= left;
    out.push(isWhole ? bytes : bytes.subarray(0, left));
    progress.bytesSent += Math.min(bytes.byteLength, left);
    if (isWhole && isMarked) progress.eventsSent += 1;
    isBroken = progress.bytesSent >= until;
  }
  const bytes = Buffer.concat(out);
  if (bytes.byteLength > 0) socket.write(bytes);
  return isBroken;
}

async function cut(socket: Socket, by: Cut): Promise<Ending> {
  // What was written should arrive first; a reset throws away what the kernel still holds.
  await nextTurn();
  await nextTurn();
  if (socket.destroyed) return 'closed';
  if (by === 'rst') socket.resetAndDestroy();
  else socket.end();
  return 'cut';
}
