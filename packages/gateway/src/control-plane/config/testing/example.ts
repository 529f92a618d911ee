/** A configuration file that uses every key of channels and routes. */
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
`;
