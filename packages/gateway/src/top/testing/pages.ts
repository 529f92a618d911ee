/** Two looks at a made-up page, ten seconds apart, in which everything happened. */
import { metricNames } from '../metric-names.ts';
import { parsePage } from '../parse.ts';
import type { Scrape } from '../rates.ts';

export const SECONDS = 10;

export function scrapeOf(text: string, takenAtMs: number): Scrape {
  return { page: parsePage(text, metricNames), takenAtMs };
}

const series = 'client_format="gemini",upstream_format="gemini"';
const requests = (labels: string): string =>
  `http_requests_total{${series},method="POST",${labels}}`;
const tokens = (type: string, labels: string): string =>
  `token_usage_total{type="${type}",${series},${labels}}`;
const main = 'channel="main",model="gpt-4o",key="team-a"';
const spare = 'channel="spare",model="claude",key="team-b"';
const bucket = (name: string, le: string, labels = 'channel="main",model="gpt-4o"'): string =>
  `dragoman_time_${name}_seconds_bucket{${labels},le="${le}"}`;

export const earlierPage = `
process_start_time_seconds 1700000000
process_cpu_seconds_total 5
dragoman_build_info{version="1.2.3",node="v24"} 1
${requests(`status="200",${main}`)} 100
${tokens('input', main)} 1000
`;

export const laterPage = `
process_start_time_seconds 1700000000
process_cpu_seconds_total 7
process_resident_memory_bytes 104857600
dragoman_event_loop_lag_seconds 0.25
dragoman_workers 4
dragoman_worker_restarts_total 1
dragoman_build_info{version="1.2.3",node="v24"} 1
dragoman_degraded{what="redis"} 1
dragoman_degraded{what="keys"} 0
${requests(`status="200",${main}`)} 150
${requests(`status="502",${spare}`)} 20
${requests(`status="404",channel="none",model="other",key="none"`)} 20
${requests(`status="499",${main}`)} 10
${tokens('input', main)} 1400
${tokens('cache_read', main)} 500
${tokens('cache_write', main)} 100
${tokens('output', main)} 150
${tokens('reasoning', main)} 50
${tokens('output', spare)} 2000
dragoman_cost_dollars_total{${main}} 0.5
rate_limit_exceeded_total{by="key",unit="tokens"} 3
dragoman_retries_total{channel="spare"} 20
dragoman_upstream_attempts_total{channel="main",result="ok"} 60
dragoman_upstream_attempts_total{channel="main",result="429"} 5
dragoman_upstream_attempts_total{channel="spare",result="5xx"} 20
dragoman_channel_in_flight{channel="main"} 7
dragoman_channel_in_flight{channel="spare"} 1
dragoman_channel_breaker_open{channel="main"} 0
dragoman_channel_breaker_open{channel="spare"} 1
dragoman_budget_used_ratio{key="team-a"} 0.93
${bucket('to_first_output', '0.5')} 50
${bucket('to_first_output', '1')} 100
${bucket('to_first_output', '+Inf')} 100
${bucket('between_outputs', '0.02')} 10
${bucket('between_outputs', '+Inf')} 10
`;
