/** The metrics of the page that the view reads; `docs/metrics.md` says what they mean. */

export const metric = {
  requests: 'http_requests_total',
  tokens: 'token_usage_total',
  cost: 'dragoman_cost_dollars_total',
  attempts: 'dragoman_upstream_attempts_total',
  firstOutput: 'dragoman_time_to_first_output_seconds_bucket',
  betweenOutputs: 'dragoman_time_between_outputs_seconds_bucket',
  limited: 'rate_limit_exceeded_total',
  retries: 'dragoman_retries_total',
  inFlight: 'dragoman_channel_in_flight',
  breakerOpen: 'dragoman_channel_breaker_open',
  degraded: 'dragoman_degraded',
  budget: 'dragoman_budget_used_ratio',
  build: 'dragoman_build_info',
  start: 'process_start_time_seconds',
  memory: 'process_resident_memory_bytes',
  cpu: 'process_cpu_seconds_total',
  lag: 'dragoman_event_loop_lag_seconds',
  workers: 'dragoman_workers',
  workerRestarts: 'dragoman_worker_restarts_total',
} as const;

export type MetricName = (typeof metric)[keyof typeof metric];

export const metricNames: ReadonlySet<string> = new Set(Object.values(metric));
