/** Sends a request in tests and tells what the client made of the answer. */
import type { Headers, UpstreamCall, UpstreamFault, UpstreamRequest } from '../../model/http.ts';
import type { HttpClient } from '../client.ts';

interface Told {
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  readonly body: string;
  readonly end: 'end' | UpstreamFault;
  readonly cause: Error | undefined;
}

export interface Asked {
  readonly call: UpstreamCall;
  readonly told: Promise<Told>;
  /** Names of the callbacks so far. */
  readonly calls: readonly string[];
}

export type Hook = (name: 'head' | 'data' | 'end' | 'fail', call: () => UpstreamCall) => void;

export function requestTo(origin: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    origin,
    path: '/v1/messages',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"m"}',
    connectMs: 5_000,
    ...more,
  };
}

/** `hook` is called inside every callback. */
export function ask(client: HttpClient, request: UpstreamRequest, hook: Hook = () => {}): Asked {
  const calls: string[] = [];
  const pieces: Uint8Array[] = [];
  const { promise, resolve } = Promise.withResolvers<Told>();
  let status: number | undefined;
  let headers: Headers | undefined;

  function note(name: 'head' | 'data' | 'end' | 'fail'): void {
    calls.push(name);
    hook(name, () => call);
  }

  function finish(end: Told['end'], cause: Error | undefined): void {
    resolve({ status, headers, body: Buffer.concat(pieces).toString('latin1'), end, cause });
  }

  const call = client.send(request, {
    head(readStatus, readHeaders) {
      status = readStatus;
      headers = readHeaders;
      note('head');
    },
    data(piece) {
      pieces.push(piece);
      note('data');
    },
    end() {
      note('end');
      finish('end', undefined);
    },
    fail(fault, cause) {
      note('fail');
      finish(fault, cause);
    },
  });
  return { call, told: promise, calls };
}

/** Long enough for anything that is under way on this machine to arrive. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
}
