/** A configuration file that uses every key of its lists. */
export const exampleText = `
proxy_port: 8081
metrics_port: "\${METRICS:-9091}"
strict: yes
channels:
  - id: openai-main
    provider: openai
    base_url: https://api.openai.com/v1/
    api_keys: ["\${OPENAI_KEYS}", "file:secrets/openai-2"]
    weight: 3
    enabled: true
    models: ["gpt-*"]
    headers: { X-Team: a }
    timeouts: { connect_ms: 3000, first_byte_ms: 60000, first_output_ms: 0, idle_ms: 60000 }
  - id: azure
    provider: azure-openai
    base_url: https://example.openai.azure.com
    api_version: 2024-10-21
    enabled: \${AZURE:-false}
  - id: claude
    provider: anthropic
routes:
  - models: ["gpt-*", "o1-*"]
    strategy: weighted_random
    channels: [openai-main, azure]
    fallback: [claude]
    rewrite: { claude: claude-sonnet-4-5 }
  - models: ["*"]
    channels: [claude]
aliases: { fast: gpt-4o-mini }
attempts: 2
affinity: false
first_output_timeout_ms: 7000
keys:
  - name: team-a
    hash: Zk3abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKL_
    user: alice
    channels: [openai-main, azure]
    models: ["gpt-*"]
    tokens_per_window: 100000
    requests_per_window: 600
    window: 90m
    concurrency: 8
    budget: 50.25
    budget_period: month
    expires: 2031-01-01
  - name: an old key of ours
    hash: "\${OLD_HASH:-0123456789012345678901234567890123456789012}"
    budget: 0.000001
    requests_per_window: "\${REQUESTS:-5}"
    expires: 2031-01-01T12:00:00+02:00
limits:
  - { by: user, tokens: 1000 }
  - { by: key, match: ["team-*"], requests: 60, concurrency: 10, window: 1m }
  - { by: model, match: ["gpt-4*"], tokens: 1000000, window: 31d }
  - { by: channel, match: [azure, "openai-*"], concurrency: 3 }
  - { by: all, requests: 1000, window: 1s }
prices:
  - { models: ["llama*"], input: 0.1, output: 0.3, cache_read: 0, cache_write: 0.1 }
  - { models: [qwen], input: 1, output: 2 }
`;
