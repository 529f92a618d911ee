/** The thread of one worker. */
import { parentPort, workerData } from 'node:worker_threads';
import { createLogger } from '../lib/log.ts';
import { GatewayError } from '../model/errors.ts';
import { type Serving, startServing } from '../serving.ts';
import { createRemoteResponses } from '../stores/responses/remote.ts';
import type { Asked, Failure, Question, Told, WorkerStart } from './messages.ts';

const { settings, shared, mayNarrow, responses: port }: WorkerStart = workerData;
const log = createLogger(settings.logLevel, (lines) => tell({ tell: 'log', lines }));
// The process hears of the error by itself, but not of the lines that wait to be written.
process.on('uncaughtExceptionMonitor', () => log.flush());

const responses = port && createRemoteResponses(port);
const options = { log, shared, responses, mayNarrow, reusePort: true };
const serving = await startServing(settings, options);
parentPort?.on('message', ({ id, question }: Asked) => {
  answerTo(question, serving).then(
    (value) => finish(question, { tell: 'answer', id, value }),
    (cause: unknown) => finish(question, { tell: 'failure', id, failure: failureOf(cause) }),
  );
});
tell({ tell: 'ready', proxyPort: serving.proxyPort, host: serving.host });

async function answerTo(question: Question, { page, readiness, explain, reload, close }: Serving) {
  if (question.ask === 'page') return page();
  if (question.ask === 'readiness') return readiness();
  if (question.ask === 'explain') return explain(question.question);
  return question.ask === 'reload' ? reload(question.settings) : close();
}

function finish(question: Question, told: Told): void {
  tell(told);
  if (question.ask !== 'close') return;
  log.flush();
  parentPort?.close();
}

function failureOf(cause: unknown): Failure {
  const code = cause instanceof GatewayError ? cause.code : undefined;
  return { code, message: cause instanceof Error ? cause.message : String(cause) };
}

function tell(told: Told): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(told);
}
