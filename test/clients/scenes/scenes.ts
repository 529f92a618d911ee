/** What every client is made to go through, and what the provider says and sees to in it. */
import type { JsonObject } from '../../replay/json.ts';
import type { Answer, Asked, Call, ErrorStatus, Picture } from '../dialects/dialect.ts';

/** The one tool of all clients: it says how warm it is in a city. */
export const tool = {
  name: 'get_weather',
  description: 'How warm it is in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'Name of the city' } },
    required: ['city'],
    additionalProperties: false,
  },
} as const;

export const weatherIn = (city: string): string => `${city}: 21 degrees`;

export const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
} as const;

/** A red dot. */
export const picture: Picture = {
  mediaType: 'image/png',
  base64:
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
};

/** Prompts by which the provider knows the scene. */
export const prompts = {
  hello: 'Say hello.',
  weather: 'How warm is it in Paris and in Rome?',
  schema: 'How warm is it in Paris, by the schema?',
  picture: 'What is in this picture?',
  thought: 'Think, then answer.',
  turn: (turn: number): string => `Turn ${turn}: where is it warmer?`,
} as const;

export const said = {
  hello: 'Hello ✓ from the other side.',
  weather: 'Paris: 21 degrees and Rome: 21 degrees.',
  schema: { city: 'Paris', degrees: 21 },
  picture: 'A red dot.',
  thought: 'First this ✓, then that.',
  afterThought: 'It is so.',
  turn: (turn: number): string => `That was turn ${turn}.`,
} as const;

/** What a provider does; a text says why it refuses. */
type Reaction = Answer | string;

export function react(asked: Asked): Reaction {
  const { prompt } = asked;
  const turn = /Turn (?<turn>\d): /.exec(prompt)?.groups?.['turn'];
  if (turn !== undefined) return reactInTurn(asked, Number(turn));
  if (prompt.includes(prompts.hello)) return { pieces: said.hello.split(/(?<=✓ )/) };
  if (prompt.includes(prompts.weather)) return reactToWeather(asked);
  if (prompt.includes(prompts.schema)) return reactToSchema(asked);
  if (prompt.includes(prompts.picture)) return reactToPicture(asked);
  if (prompt.includes(prompts.thought))
    return { thought: asked.shows ? said.thought : '', pieces: [said.afterThought] };
  return `unknown scene: ${prompt}`;
}

function callOf(id: string, city: string): Call {
  const input: JsonObject = { city };
  return { id: `call_${id}`, name: tool.name, input };
}

function reactToWeather({ latestResults, toolNames }: Asked): Reaction {
  if (!toolNames.includes(tool.name)) return 'the tool is not offered';
  if (latestResults.length === 0) return { calls: [callOf('1', 'Paris'), callOf('2', 'Rome')] };
  const ids = latestResults.flatMap(({ id = [] }) => id);
  if (ids.length > 0 && ids.join() !== 'call_1,call_2') return `foreign ids: ${ids.join()}`;
  const found = latestResults.map(({ text }) => /\w+: 21 degrees/.exec(text)?.[0] ?? text);
  return { pieces: [`${found.join(' and ')}.`] };
}

/** Some clients have a tool stand for the schema. */
function reactToSchema({ wantsSchema, toolNames: [name] }: Asked): Reaction {
  if (wantsSchema) return { pieces: [JSON.stringify(said.schema)] };
  if (name === undefined) return 'no schema is asked for';
  return { calls: [{ id: 'call_1', name, input: said.schema }] };
}

function reactToPicture({ pictures }: Asked): Reaction {
  const isIt = JSON.stringify(pictures) === JSON.stringify([picture]);
  return isIt ? { pieces: [said.picture] } : `another picture: ${JSON.stringify(pictures)}`;
}

const citiesOfTurn = (turn: number): readonly (readonly string[])[] => [
  turn % 2 === 0 ? [`City ${turn}`, `Town ${turn}`] : [`City ${turn}`],
  [`Village ${turn}`],
];

/** Two steps that call, alone or twice at once, and then the answer. */
function reactInTurn({ latestResults, reasons, shows }: Asked, turn: number): Reaction {
  let called = 0;
  for (const [step, cities] of citiesOfTurn(turn).entries()) {
    if (called === latestResults.length)
      return {
        ...thoughtOf(`turn ${turn} step ${step}`, { reasons, shows }),
        calls: cities.map((city) => callOf(city.replace(' ', '_'), city)),
      };
    called += cities.length;
  }
  return { ...thoughtOf(`turn ${turn}`, { reasons, shows }), pieces: [said.turn(turn)] };
}

function thoughtOf(text: string, { reasons, shows }: Pick<Asked, 'reasons' | 'shows'>): Answer {
  return reasons ? { thought: shows ? `Thinking in ${text} ✓.` : '' } : {};
}

export const refusals = {
  400: 'max_tokens is too large',
  401: 'the key is not good',
  429: 'too many requests',
} as const satisfies { readonly [status in ErrorStatus]: string };
