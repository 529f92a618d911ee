/** What is talked about in the requests: a short question, and the long history of an agent. */
import type { Conversation, Tool, Turn } from './requests.ts';

const WEATHER: Tool = {
  name: 'get_weather',
  description: 'Weather of a city, now and for the next days',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 14 } },
    required: ['city'],
    additionalProperties: false,
  },
};

/** 1 KB as OpenAI's clients write it. */
export const question: Conversation = {
  system:
    'You are a careful assistant of a travel agency. Answer in the language of the customer, and never promise a price that you have not looked up. Name your sources, ask when something is not clear, and keep to what the agency sells.',
  turns: [
    {
      role: 'user',
      text: 'I want to see the north of Norway in winter, two adults and a child of six, for about ten days.',
    },
    {
      role: 'assistant',
      text: 'Tromsø and the Lofoten are the usual choice: the one for the northern lights, the other for the sea. Do you prefer trains, ships or a car?',
    },
    { role: 'user', text: 'Ships. Why is the sky so blue there at noon?' },
  ],
  tools: [WEATHER],
};

export interface AgentSize {
  readonly tools: number;
  readonly turns: number;
  /** Characters of each result of a tool. */
  readonly resultSize: number;
}

/** About 300 KB: what coding agents send after half an hour. */
export const agentSize: AgentSize = { tools: 40, turns: 120, resultSize: 1_750 };

const LINE =
  '  const { settings, mistakes } = understand(options ?? {}); // "quoted", escaped: \\n, and ünïcode\n';

/** The conversation of a coding agent: many tools, and a history of calls with their results. */
export function agentConversation({ tools, turns, resultSize }: AgentSize): Conversation {
  const result = LINE.repeat(Math.ceil(resultSize / LINE.length)).slice(0, resultSize);
  return {
    system: 'You are a coding agent. Read before you write, and say what you do. '.repeat(60),
    turns: [
      { role: 'user', text: 'Find out why the tests of the settings fail, and mend it.' },
      ...Array.from({ length: turns }, (_none, index): Turn => {
        const name = `tool_${tools === 0 ? 0 : index % tools}`;
        return { role: 'tool', name, path: `src/module-${index}.ts`, result };
      }),
      { role: 'assistant', text: 'I have seen what I need.' },
      { role: 'user', text: 'Then go on.' },
    ],
    tools: Array.from({ length: tools }, (_none, index) => toolOf(index)),
  };
}

function toolOf(index: number): Tool {
  const text = (description: string): object => ({ type: 'string', description });
  return {
    name: `tool_${index}`,
    description:
      'Reads a file of the project from the place that is given, or as many lines of it as fit, with their numbers. Use it before you change anything. '.repeat(
        3,
      ),
    schema: {
      type: 'object',
      properties: {
        path: text('Where the file is, from the root of the project'),
        reason: text('Why this is needed, in a sentence, for whoever reads along'),
        range: {
          type: 'object',
          properties: {
            first: { type: 'integer', minimum: 1, description: 'The first line' },
            count: { type: 'integer', minimum: 1, maximum: 2000, description: 'How many lines' },
          },
          required: ['first'],
          additionalProperties: false,
        },
        mode: {
          type: 'string',
          enum: ['text', 'binary', 'outline'],
          description: 'How to show it',
        },
      },
      required: ['path'],
      additionalProperties: false,
    },
  };
}
