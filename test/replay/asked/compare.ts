/**
 * Holds what arrived upstream against what the client asked for.
 *
 * Each allowance names what the target's format or model cannot say; everything else must be equal.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  Asked,
  AskedCall,
  AskedMedia,
  AskedTool,
  AskedTurn,
} from '../../../packages/conformance/src/judge/asked/asked.ts';
import type { FormatId } from '../../../packages/conformance/src/judge/meaning.ts';
import {
  collectProblems,
  type Problems,
  shown,
} from '../../../packages/conformance/src/judge/problems.ts';
import { compareSettings, type RequestPair } from './compare-settings.ts';
import { allMedia } from './refusals.ts';

export function compareRequests(asked: Asked, arrived: Asked, to: FormatId): readonly string[] {
  const got = withOwnNames(asked, arrived, to);
  const problems = collectProblems();
  const pair = { asked, got, to };
  compareSystem(problems, pair);
  compareTurns(problems, asked, got);
  compareMedia(problems, asked, got);
  compareTools(problems, pair);
  compareSettings(problems, pair);
  return problems.found;
}

/** What each format allows as the name of a tool; other names must be replaced, everywhere alike. */
const toolNames: { readonly [id in FormatId]: RegExp } = {
  'openai-chat': /^[a-zA-Z0-9_-]{1,64}$/,
  'openai-responses': /^[a-zA-Z0-9_-]{1,64}$/,
  'anthropic-messages': /^[a-zA-Z0-9_-]{1,128}$/,
  gemini: /^[a-zA-Z_][\w.:-]{0,127}$/,
};

function withOwnNames(asked: Asked, got: Asked, to: FormatId): Asked {
  const own = new Map<string, string>();
  for (const [index, { name }] of asked.tools.entries()) {
    const other = got.tools[index]?.name;
    if (other !== undefined && !toolNames[to].test(name)) own.set(other, name);
  }
  const named = <T extends { readonly name: string }>(value: T): T => ({
    ...value,
    name: own.get(value.name) ?? value.name,
  });
  return {
    ...got,
    tools: got.tools.map(named),
    turns: got.turns.map((turn) => ({ ...turn, calls: turn.calls.map(named) })),
    choice: { ...got.choice, names: got.choice.names.map((name) => own.get(name) ?? name) },
  };
}

function compareSystem(problems: Problems, { asked, got, to }: RequestPair): void {
  // Messages cannot be told to write JSON without a schema but in words.
  const wordsAdded = to === 'anthropic-messages' && asked.output?.type === 'json';
  const wrong = piecesMissing(asked.system, got.system.join('\n'), wordsAdded);
  problems.expect(wrong === undefined, `system: ${wrong}`);
}

/** The pieces stand in the text one after the other; anything more needs an excuse. */
function piecesMissing(
  pieces: readonly string[],
  text: string,
  moreAllowed: boolean,
): string | undefined {
  let rest = text;
  let between = '';
  for (const piece of pieces) {
    const at = rest.indexOf(piece);
    if (at < 0) return `${shown(piece)} is missing in ${shown(text)}`;
    between += rest.slice(0, at);
    rest = rest.slice(at + piece.length);
  }
  const added = (between + rest).trim();
  return added === '' || moreAllowed ? undefined : `words were added: ${shown(added)}`;
}

function compareTurns(problems: Problems, asked: Asked, got: Asked): void {
  const turns = withoutFillers(asked, got);
  const roles = (list: readonly AskedTurn[]): string => list.map(({ role }) => role).join(' ');
  const same = roles(asked.turns) === roles(turns);
  if (!problems.expect(same, `turns: expected ${roles(asked.turns)}, got ${roles(turns)}`)) return;
  for (const [index, turn] of asked.turns.entries()) {
    const other = turns[index];
    if (other !== undefined) compareTurn(problems, turn, { turn: other, place: `turn ${index}` });
  }
}

/** A conversation must begin and, for some targets, end with the user: a word of no meaning may stand in. */
function withoutFillers(asked: Asked, got: Asked): readonly AskedTurn[] {
  const turns = [...got.turns];
  const [first] = turns;
  const last = turns.at(-1);
  if (asked.turns.at(-1)?.role !== 'user' && last !== undefined && isFiller(last)) turns.pop();
  if (asked.turns[0]?.role !== 'user' && first !== undefined && isFiller(first)) turns.shift();
  return turns;
}

function isFiller({ role, pieces, media, results }: AskedTurn): boolean {
  const words = pieces.join('');
  return (
    role === 'user' && media.length === 0 && results === 0 && ['', '.', 'Continue.'].includes(words)
  );
}

interface Other {
  readonly turn: AskedTurn;
  readonly place: string;
}

function compareTurn(problems: Problems, asked: AskedTurn, { turn, place }: Other): void {
  const documents = asked.media.filter(({ text }) => text !== undefined);
  const loose = asked.loose || documents.length > 0;
  const wrong = piecesMissing(asked.pieces, turn.pieces.join('\n'), loose);
  problems.expect(wrong === undefined, `${place}: ${wrong}`);
  const calls = (list: readonly AskedCall[]): unknown =>
    list.map(({ name, arguments: args }) => ({ name, args }));
  problems.expect(
    isDeepStrictEqual(calls(turn.calls), calls(asked.calls)),
    `${place}: calls: expected ${shown(calls(asked.calls))}, got ${shown(calls(turn.calls))}`,
  );
  for (const [index, call] of asked.calls.entries()) {
    const other = turn.calls[index];
    if (other !== undefined) compareResult(problems, call, { call: other, place });
  }
}

function compareResult(
  problems: Problems,
  asked: AskedCall,
  { call, place }: { call: AskedCall; place: string },
): void {
  const { result } = asked;
  const got = call.result;
  // A call that was never answered may be told as such, for targets that demand an answer.
  if (result === undefined) return;
  if (!problems.expect(got !== undefined, `${place}: the result of ${asked.name} is missing`))
    return;
  const text = got?.text ?? '';
  // Where media cannot stand in a result, words say where they are.
  const same = result.media.length > 0 ? text.includes(result.text) : text === result.text;
  problems.expect(
    same,
    `${place}: result of ${asked.name}: expected ${shown(result.text)}, got ${shown(text)}`,
  );
  problems.expect(
    !result.failed || got?.failed === true,
    `${place}: the failure of ${asked.name} is not told`,
  );
}

function compareMedia(problems: Problems, asked: Asked, got: Asked): void {
  const gotKeys = allMedia(got).map(({ key }) => key);
  const texts = got.turns.flatMap(({ pieces, calls }) => [
    ...pieces,
    ...calls.map((call) => call.result?.text ?? ''),
  ]);
  const told = texts.join('\n');
  for (const media of allMedia(asked)) {
    const at = gotKeys.indexOf(media.key);
    if (at >= 0) gotKeys.splice(at, 1);
    else
      problems.expect(
        isTold(media, told),
        `${media.media} ${media.mime} ${media.key.slice(0, 60)} is missing`,
      );
  }
  problems.expect(gotKeys.length === 0, `media that nobody sent: ${shown(gotKeys)}`);
}

/** A text document may be told as text. */
function isTold({ text }: AskedMedia, told: string): boolean {
  return text !== undefined && told.includes(text.trim());
}

function compareTools(problems: Problems, { asked, got, to }: RequestPair): void {
  const { names } = asked.choice;
  // Messages knows no choice among some: the others are not offered.
  const filtered = to === 'anthropic-messages' && names.length > 1;
  const wanted = filtered ? asked.tools.filter(({ name }) => names.includes(name)) : asked.tools;
  const list = (tools: readonly AskedTool[]): string => tools.map(({ name }) => name).join(' ');
  const same = list(wanted) === list(got.tools);
  if (!problems.expect(same, `tools: expected ${list(wanted)}, got ${list(got.tools)}`)) return;
  for (const [index, tool] of wanted.entries()) {
    const other = got.tools[index];
    if (other === undefined) continue;
    const { name } = tool;
    const described = tool.custom ? true : other.description === tool.description;
    problems.expect(
      described,
      `tool ${name}: description ${shown(other.description)} instead of ${shown(tool.description)}`,
    );
    problems.expect(
      isDeepStrictEqual(other.properties, tool.properties),
      `tool ${name}: members ${other.properties.join()} instead of ${tool.properties.join()}`,
    );
  }
  const searches = asked.serverTools.includes('web-search');
  problems.expect(
    searches === got.serverTools.includes('web-search'),
    `web search: ${shown(got.serverTools)}`,
  );
  const others = got.serverTools.filter((tool) => tool !== 'web-search');
  problems.expect(others.length === 0, `tools that nobody asked for: ${others.join()}`);
}
