/** A `fetch` that listens in: SDKs repair and hide what the wire shows. */
import type { Wire } from './client.ts';

export interface Tap {
  readonly fetch: typeof fetch;
  /** What the last request was answered with, once it is over. */
  wire(): Promise<Wire>;
}

export function createTap(): Tap {
  let heard: Promise<Wire> = Promise.resolve({
    status: 0,
    headers: new Headers(),
    text: '',
    cut: true,
  });
  return {
    async fetch(input, init) {
      const response = await fetch(input, init);
      const { status, headers, body } = response;
      const [own, sdk] = body?.tee() ?? [null, null];
      heard = listen(own).then(({ text, cut }) => ({ status, headers, text, cut }));
      return new Response(sdk, { status, headers, statusText: response.statusText });
    },
    wire: () => heard,
  };
}

async function listen(
  body: ReadableStream<Uint8Array> | null,
): Promise<{ readonly text: string; readonly cut: boolean }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body ?? []) chunks.push(chunk);
    return { text: Buffer.concat(chunks).toString('utf8'), cut: false };
  } catch {
    return { text: Buffer.concat(chunks).toString('utf8'), cut: true };
  }
}
