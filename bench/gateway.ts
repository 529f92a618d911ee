/** The gateway's settings in the benchmarks: all three vendors are the mock. */

interface Ports {
  readonly mockPort: number;
  readonly gatewayPort: number;
  readonly metricsPort: number;
}

export function gatewayEnvironment(ports: Ports): Readonly<Record<string, string>> {
  const upstreams = ['OPENAI', 'ANTHROPIC', 'GEMINI'].flatMap((vendor) => [
    [`${vendor}_DOMAIN`, '127.0.0.1'],
    [`${vendor}_PORT`, String(ports.mockPort)],
    [`${vendor}_TLS`, 'false'],
  ]);
  return {
    ...Object.fromEntries(upstreams),
    PROXY_HOST: '127.0.0.1',
    PROXY_PORT: String(ports.gatewayPort),
    METRICS_PORT: String(ports.metricsPort),
  };
}
