/** The memory of a thread by what holds it, in MiB. */
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

export interface InUse {
  readonly residentMiB: number;
  readonly heapUsedMiB: number;
  readonly heapTotalMiB: number;
  readonly externalMiB: number;
  readonly arrayBuffersMiB: number;
  /** Of V8's and Node's own, outside the heap. */
  readonly mallocedMiB: number;
  /** What V8 keeps for each kind of object, full or not. */
  readonly spacesMiB: Readonly<Record<string, number>>;
}

const MIB = 1024 * 1024;

export function inUseOf(): InUse {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const spaces = getHeapSpaceStatistics().map(({ space_name: name, space_size: size }) => [
    name,
    size / MIB,
  ]);
  return {
    residentMiB: rss / MIB,
    heapUsedMiB: heapUsed / MIB,
    heapTotalMiB: heapTotal / MIB,
    externalMiB: external / MIB,
    arrayBuffersMiB: arrayBuffers / MIB,
    mallocedMiB: getHeapStatistics().malloced_memory / MIB,
    spacesMiB: Object.fromEntries(spaces),
  };
}
