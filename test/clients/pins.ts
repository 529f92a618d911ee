/** The clients that are tried, each at one exact version. */
export interface Pin {
  readonly name: string;
  readonly version: string;
  readonly bin: string;
}

/** Command-line agents. */
export const pins = {
  codex: { name: '@openai/codex', version: '0.169.0', bin: 'bin/codex.js' },
  geminiCli: { name: '@google/gemini-cli', version: '0.61.0', bin: 'bundle/gemini.js' },
} as const satisfies { readonly [id: string]: Pin };

/** Packages that are used together. */
export interface Kit {
  readonly name: string;
  readonly packages: { readonly [name: string]: string };
}

export const kits = {
  vercelAi: {
    name: 'vercel-ai',
    packages: {
      ai: '7.0.173',
      '@ai-sdk/openai': '4.0.118',
      '@ai-sdk/anthropic': '4.0.105',
      '@ai-sdk/google': '4.0.121',
      zod: '4.6.7',
    },
  },
  langchain: {
    name: 'langchain',
    packages: {
      '@langchain/core': '1.4.0',
      '@langchain/openai': '1.6.0',
      '@langchain/anthropic': '1.5.11',
      '@langchain/google': '0.2.6',
    },
  },
  openaiAgents: { name: 'openai-agents', packages: { '@openai/agents': '0.20.0', zod: '4.6.7' } },
  aimock: { name: 'aimock', packages: { '@copilotkit/aimock': '1.43.0' } },
} as const satisfies { readonly [id: string]: Kit };

/** From the Python Package Index. */
export const pythonKit: Kit = {
  name: 'python',
  packages: { openai: '3.57.0', anthropic: '2.14.0', 'google-genai': '3.6.1' },
};
