/** A client and a scripted server for the length of a test. */
import type { TestContext } from 'node:test';
import { createHttpClient, type HttpClient } from '../client.ts';
import { type Answer, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

export interface Pair {
  readonly server: ScriptedServer;
  readonly client: HttpClient;
}

export async function startPair(t: TestContext, answer: Answer): Promise<Pair> {
  const server = await startScriptedServer(answer);
  const client = createHttpClient();
  t.after(async () => {
    client.close();
    await server.stop();
  });
  return { server, client };
}
