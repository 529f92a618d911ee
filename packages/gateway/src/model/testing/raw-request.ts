/** A request as the server hands it over, for tests that have no server. */
import type { RawRequest } from '../http.ts';

/** Of a Chat client, without headers. */
export function chatRequest(body: object): RawRequest {
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    query: new URLSearchParams(),
    header: () => undefined,
    headerNames: () => [],
    readBody: async () => bytes,
  };
}
