/** The command-line agents that are tried, each at one exact version. */
export interface Pin {
  readonly name: string;
  readonly version: string;
  readonly bin: string;
}

export const pins = {
  codex: { name: '@openai/codex', version: '0.169.0', bin: 'bin/codex.js' },
  geminiCli: { name: '@google/gemini-cli', version: '0.61.0', bin: 'bundle/gemini.js' },
} as const satisfies { readonly [id: string]: Pin };
