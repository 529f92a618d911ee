/**
 * Several workers on one port, each a thread with an event loop of its own. They share counters and
 * the memory of conversations; when one dies, the others do not notice.
 */
import { mergedReadiness, type Readiness } from '../model/readiness.ts';
import type { Settings } from '../model/settings.ts';
import { assertFree } from '../server/http.ts';
import type { Serving, ServingOptions } from '../serving.ts';
import { openPort } from '../stores/responses/remote.ts';
import { createCrew } from './crew.ts';
import type { Question } from './messages.ts';
import { startWorker, type Worker } from './worker.ts';

/** Beyond the time that running exchanges have. */
const END_MS = 10_000;
/** Who asks whether the gateway is ready waits a second or so. */
const READINESS_MS = 500;

/** Rejects when the port cannot be had, or something else that was asked for. */
export async function startWorkers(
  count: number,
  first: Settings,
  { log, shared, responses, mayNarrow }: Omit<ServingOptions, 'reusePort'>,
): Promise<Serving> {
  let settings = first;

  function start(): Promise<Worker> {
    const port = responses && openPort(responses);
    return startWorker({ settings, shared, mayNarrow, responses: port }, (lines) =>
      log.line(lines),
    );
  }

  // Workers share their port with whoever says so, another gateway included.
  await assertFree({ host: first.host, port: first.proxyPort });
  const leader = await start();
  // Fixed for all once the first one has them.
  const address = { proxyPort: leader.proxyPort, host: leader.host };
  settings = { ...settings, ...address };
  const others = await startTogether(count - 1, start).catch(async (cause: unknown) => {
    await leader.end();
    throw cause;
  });
  const crew = createCrew([leader, ...others], { log, start });

  return {
    ...address,
    page: crew.page,
    workers: crew.counts,
    readiness: async () => readinessOf(crew.serving()),
    explain: async (question) => crew.serving()[0].ask({ ask: 'explain', question }),
    async reload(next) {
      const question: Question = { ask: 'reload', settings: { ...next, ...address } };
      const [judge, ...rest] = crew.serving();
      await judge.ask(question);
      settings = question.settings;
      // What one took over the others can; one that cannot is better off with a new start.
      await Promise.all(rest.map((worker) => worker.ask(question).catch(worker.end)));
    },
    async close() {
      await crew.disband(async (worker) => {
        const endMs = first.timeouts.drainMs + END_MS;
        await worker.ask({ ask: 'close' }, endMs).catch(worker.end);
        await worker.gone;
      });
      await responses?.close();
    },
  };
}

/** All, or none. */
async function startTogether(count: number, start: () => Promise<Worker>): Promise<Worker[]> {
  const starts = await Promise.allSettled(Array.from({ length: count }, start));
  const started = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = starts.find((one) => one.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.all(started.map((worker) => worker.end()));
  throw failed.reason;
}

/** One that does not answer in time says nothing; when none does, nobody serves. */
async function readinessOf(workers: readonly Worker[]): Promise<Readiness> {
  const answers = await Promise.all(
    workers.map((worker) => worker.ask({ ask: 'readiness' }, READINESS_MS).catch(() => undefined)),
  );
  const known = answers.filter(isReadiness);
  return known.length > 0 ? mergedReadiness(known) : { reasons: ['workers'], degraded: [] };
}

function isReadiness(answer: unknown): answer is Readiness {
  return typeof answer === 'object' && answer !== null && 'reasons' in answer;
}
