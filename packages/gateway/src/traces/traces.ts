/** Traces that are on: begun with each request, sent when all is known of it. */
import { createIds } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import type { TraceSettings } from '../model/trace-settings.ts';
import type { Traces } from '../model/traces.ts';
import { beginTrace } from './exchange-trace.ts';
import { spanText } from './otlp.ts';
import { createSender } from './sender.ts';
import { spansOf } from './spans.ts';

export interface RunningTraces extends Traces {
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}

export function startTraces(settings: TraceSettings, log: Logger): RunningTraces {
  const sender = createSender(settings, log);
  const options = {
    sampler: settings.sampler,
    newId: createIds(),
    settled(...of: Parameters<typeof spansOf>) {
      for (const span of spansOf(...of)) sender.add(spanText(span));
    },
  };
  return { begin: (raw, route) => beginTrace(raw, { ...options, route }), close: sender.close };
}
