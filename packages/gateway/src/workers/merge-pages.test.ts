/** One page out of those of several workers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countersOf, mergePages } from './merge-pages.ts';

type Counted = readonly [requests: number, inFlight: number, lag: number, cpu: number];

const page = ([requests, inFlight, lag, cpu]: Counted): string => `\
# HELP http_requests_total Requests answered.
# TYPE http_requests_total counter
http_requests_total{model="a b \\"c\\""} ${requests}

# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{le="1"} ${requests}
took_seconds_bucket{le="+Inf"} ${requests}
took_seconds_sum{} ${requests / 2}
took_seconds_count{} ${requests}
# HELP dragoman_channel_in_flight Requests that run.
# TYPE dragoman_channel_in_flight gauge
dragoman_channel_in_flight{channel="main"} ${inFlight}
# HELP lag_seconds Lag.
# TYPE lag_seconds gauge
lag_seconds ${lag}
# HELP process_cpu_seconds_total Processor time.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total ${cpu}
`;

function samples(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('merged pages', () => {
  it('add up what each counted, and say of the process what all say', () => {
    assert.deepEqual(samples(mergePages([page([2, 1, 0.5, 7]), page([3, 4, 0.25, 8])])), [
      'http_requests_total{model="a b \\"c\\""} 5',
      'took_seconds_bucket{le="1"} 5',
      'took_seconds_bucket{le="+Inf"} 5',
      'took_seconds_sum{} 2.5',
      'took_seconds_count{} 5',
      'dragoman_channel_in_flight{channel="main"} 5',
      'lag_seconds 0.5',
      'process_cpu_seconds_total 8',
    ]);
  });

  it('describe every metric once, before its samples', () => {
    const merged = mergePages([page([2, 1, 0.5, 7]), page([3, 4, 0.25, 8])]);
    assert.equal(merged.match(/^# TYPE /gm)?.length, 5);
    assert.equal(merged.match(/^# HELP /gm)?.length, 5);
  });

  it('have what only one of them has', () => {
    const other = '# TYPE other_total counter\nother_total{model="b"} 1\n';
    const merged = samples(mergePages([page([2, 1, 0.5, 7]), other, '']));
    assert.ok(merged.includes('other_total{model="b"} 1'));
    assert.ok(merged.includes('http_requests_total{model="a b \\"c\\""} 2'));
  });

  it('keep of a worker that is gone what it counted, and nothing of how it was', () => {
    assert.deepEqual(samples(countersOf(page([2, 1, 0.5, 7]))), [
      'http_requests_total{model="a b \\"c\\""} 2',
      'took_seconds_bucket{le="1"} 2',
      'took_seconds_bucket{le="+Inf"} 2',
      'took_seconds_sum{} 1',
      'took_seconds_count{} 2',
    ]);
  });
});
