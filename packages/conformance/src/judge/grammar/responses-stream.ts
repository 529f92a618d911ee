/** The legal order of a Responses stream, and that every event tells the same story as those before it. */
import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, objectOf, objectsOf, textOf, tryParse } from '../json.ts';
import { collectProblems, type Problems, shown } from '../problems.ts';
import { parseSse } from '../sse.ts';
import { checkEnd, checkHead, checkItem } from './openai-responses.ts';

interface OpenPart {
  readonly type: string;
  text: string;
  /** The text was told whole. */
  told: boolean;
  done: boolean;
}

interface StreamedItem {
  readonly id: string;
  readonly type: string;
  /** By list and index: `content 0`, `summary 1`. */
  readonly parts: Map<string, OpenPart>;
  input: string;
  inputTold: boolean;
  done: JsonObject | undefined;
}

interface State {
  readonly problems: Problems;
  readonly items: StreamedItem[];
  id: string;
  events: number;
  over: string;
}

export function checkResponsesStream(text: string): readonly string[] {
  const problems = collectProblems();
  problems.expect(text.endsWith('\n\n'), 'the stream does not end with a blank line');
  const state: State = { problems, items: [], id: '', events: 0, over: '' };
  for (const { event: name, data } of parseSse(text)) {
    const event = objectOf(tryParse(data));
    const type = textOf(event['type']);
    problems.expect(name === type, `event line ${shown(name)} over type ${shown(type)}`);
    problems.expect(state.over === '', `${type} after ${state.over}`);
    problems.expect(
      event['sequence_number'] === state.events,
      `number ${shown(event['sequence_number'])} of event ${state.events}`,
    );
    checkEvent(state, type, event);
    state.events++;
  }
  problems.expect(state.over !== '', 'the stream has no end');
  return problems.found;
}

const ends = ['response.completed', 'response.incomplete', 'response.failed'];

function checkEvent(state: State, type: string, event: JsonObject): void {
  const { problems } = state;
  if (type === 'error') {
    state.over = type;
    const told = textOf(event['message']) !== '' && 'code' in event && 'param' in event;
    problems.expect(told, `error event ${shown(event)}`);
    return;
  }
  const begins = state.events === 0;
  problems.expect(begins === (type === 'response.created'), `${type} is event ${state.events}`);
  if (event['response'] !== undefined) checkResponse(state, type, objectOf(event['response']));
  else if (type === 'response.output_item.added') addItem(state, objectOf(event['item']), event);
  else checkInItem(state, type, event);
}

function checkResponse(state: State, type: string, response: JsonObject): void {
  const { problems, items } = state;
  checkHead(problems, response);
  state.id ||= textOf(response['id']);
  problems.expect(response['id'] === state.id, `the id becomes ${shown(response['id'])}`);
  if (!ends.includes(type)) {
    const fair = response['status'] === 'in_progress' && objectsOf(response['output']).length === 0;
    problems.expect(fair, `${type} with ${shown(response['status'])} and output`);
    return;
  }
  state.over = type;
  const { status, error } = response;
  problems.expect(`response.${textOf(status)}` === type, `${type} with status ${shown(status)}`);
  const done = items.map((item) => item.done).filter((item) => item !== undefined);
  problems.expect(
    isDeepStrictEqual(response['output'], done),
    `output is not what was streamed: ${shown(response['output'])}`,
  );
  if (type === 'response.failed') {
    const told =
      textOf(objectOf(error)['code']) !== '' && textOf(objectOf(error)['message']) !== '';
    problems.expect(told, `failed with ${shown(error)}`);
    return;
  }
  checkEnd(problems, response);
  problems.expect(done.length === items.length, 'an item never ends');
}

function addItem({ problems, items }: State, item: JsonObject, event: JsonObject): void {
  const id = textOf(item['id']);
  const type = textOf(item['type']);
  problems.expect(event['output_index'] === items.length, `item ${id} is not the next one`);
  problems.expect(id !== '' && items.every((other) => other.id !== id), `item id ${shown(id)}`);
  const empty =
    objectsOf(item['content']).length === 0 &&
    objectsOf(item['summary']).length === 0 &&
    textOf(item['arguments']) + textOf(item['input']) === '';
  problems.expect(empty, `an item begins with content: ${shown(item)}`);
  items.push({ id, type, parts: new Map(), input: '', inputTold: false, done: undefined });
}

function checkInItem(state: State, type: string, event: JsonObject): void {
  const { problems, items } = state;
  const item = items[Number(event['output_index'])];
  const open = item !== undefined && item.done === undefined;
  if (!problems.expect(open, `${type} outside of an open item`) || item === undefined) return;
  if (type === 'response.output_item.done') {
    finishItem(problems, item, objectOf(event['item']));
    return;
  }
  problems.expect(event['item_id'] === item.id, `${type} names ${shown(event['item_id'])}`);
  if (/_part\.(added|done)$/.test(type)) checkPart(problems, item, { type, event });
  else if (/function_call_arguments|custom_tool_call_input/.test(type)) {
    checkInput(problems, item, { type, event });
  } else if (type !== 'response.output_text.annotation.added') {
    checkWords(problems, item, { type, event });
  }
}

interface Told {
  readonly type: string;
  readonly event: JsonObject;
}

function placeOf(event: JsonObject): string {
  const list = event['summary_index'] === undefined ? 'content' : 'summary';
  return `${list} ${shown(event[`${list}_index`])}`;
}

function checkPart(problems: Problems, item: StreamedItem, { type, event }: Told): void {
  const place = placeOf(event);
  const part = objectOf(event['part']);
  const text = textOf(part['text']) + textOf(part['refusal']);
  const known = item.parts.get(place);
  const fits = item.type === (place.startsWith('summary') ? 'reasoning' : 'message');
  problems.expect(fits, `${type} in an item of type ${item.type}`);
  if (type.endsWith('.added')) {
    problems.expect(known === undefined && text === '', `${type} at ${place}: ${shown(part)}`);
    const begun = { type: textOf(part['type']), text: '', told: false, done: false };
    item.parts.set(place, begun);
    return;
  }
  const whole = known?.told === true && !known.done && known.text === text;
  problems.expect(whole, `${type} at ${place} does not tell what was said: ${shown(part)}`);
  problems.expect(known?.type === part['type'], `${type} at ${place} is ${shown(part['type'])}`);
  if (known !== undefined) known.done = true;
}

const words: ReadonlyMap<string, string> = new Map([
  ['response.output_text', 'output_text'],
  ['response.refusal', 'refusal'],
  ['response.reasoning_summary_text', 'summary_text'],
]);

function checkWords(problems: Problems, item: StreamedItem, { type, event }: Told): void {
  const part = item.parts.get(placeOf(event));
  const [, subject = '', step] = /^(.*)\.(delta|done)$/.exec(type) ?? [];
  const fits = part !== undefined && !part.told && words.get(subject) === part.type;
  if (!problems.expect(fits, `${type} outside of an open part`) || part === undefined) return;
  if (step === 'delta') {
    part.text += textOf(event['delta']);
    return;
  }
  part.told = true;
  const text = textOf(event['text']) + textOf(event['refusal']);
  problems.expect(text === part.text, `${type} tells ${shown(text)}`);
}

function checkInput(problems: Problems, item: StreamedItem, { type, event }: Told): void {
  const custom = type.startsWith('response.custom_tool_call_input');
  const fits = item.type === (custom ? 'custom_tool_call' : 'function_call') && !item.inputTold;
  problems.expect(fits, `${type} in an item of type ${item.type}`);
  if (type.endsWith('.delta')) {
    item.input += textOf(event['delta']);
    return;
  }
  item.inputTold = true;
  const whole = textOf(event[custom ? 'input' : 'arguments']);
  problems.expect(whole === item.input, `${type} tells ${shown(whole)}`);
}

function finishItem(problems: Problems, item: StreamedItem, wire: JsonObject): void {
  item.done = wire;
  checkItem(problems, wire);
  problems.expect(
    wire['id'] === item.id && wire['type'] === item.type,
    `item ${item.id} ends as ${shown(wire['id'])}`,
  );
  const streamed = [...item.parts.values()];
  problems.expect(
    streamed.every(({ done }) => done),
    `item ${item.id} ends with an open part`,
  );
  const pieces = [...objectsOf(wire['summary']), ...objectsOf(wire['content'])];
  const said = pieces.map((piece) => textOf(piece['text']) + textOf(piece['refusal']));
  problems.expect(
    isDeepStrictEqual(
      said,
      streamed.map(({ text }) => text),
    ),
    `item ${item.id} ends with other words: ${shown(said)}`,
  );
  if (!item.type.endsWith('_call') || item.type === 'image_generation_call') return;
  const input = textOf(wire['arguments']) + textOf(wire['input']);
  problems.expect(
    item.inputTold && input === item.input,
    `item ${item.id} ends with ${shown(input)}`,
  );
}
