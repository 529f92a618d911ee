/** How full the memory of answers is, as a part of the page: it belongs to the process and to none of its workers. */
import type { ResponseCounts } from '../../model/responses.ts';

export function storedResponsesText({ entries, bytes, dropped }: ResponseCounts): string {
  const drops = Object.entries(dropped).map(
    ([bound, count]) => `dragoman_stored_responses_dropped_total{bound="${bound}"} ${count}\n`,
  );
  return `# HELP dragoman_stored_responses Answers that are kept for previous_response_id.
# TYPE dragoman_stored_responses gauge
dragoman_stored_responses ${entries}
# HELP dragoman_stored_responses_bytes Memory that they take, with the conversations before them.
# TYPE dragoman_stored_responses_bytes gauge
dragoman_stored_responses_bytes ${bytes}
# HELP dragoman_stored_responses_dropped_total Answers forgotten early or not kept, by what was full.
# TYPE dragoman_stored_responses_dropped_total counter
${drops.join('')}`;
}
