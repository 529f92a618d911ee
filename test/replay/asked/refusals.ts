/** The only reasons for which the gateway refuses a recorded request instead of converting it. */

import type { Asked, AskedMedia } from '../../../packages/conformance/src/judge/asked/asked.ts';
import type { FormatId } from '../../../packages/conformance/src/judge/meaning.ts';

/** Each reason in one sentence; none: the request must be converted; any: it must be refused. */
export function refusalsOf(asked: Asked, to: FormatId): readonly string[] {
  const reasons = allMedia(asked).flatMap((media) => mediaRefusals(media, to));
  if (asked.candidates > 1 && singles.has(to)) {
    reasons.push(`several alternatives cannot be asked of ${to}`);
  }
  for (const tool of asked.serverTools) {
    if (!isServed(tool)) reasons.push(`the provider's own tool ${tool} has no counterpart`);
  }
  for (const need of asked.needs) reasons.push(`${needs.get(need) ?? need} has no counterpart`);
  return [...new Set(reasons)];
}

const singles: ReadonlySet<FormatId> = new Set(['anthropic-messages', 'openai-responses']);

/** Web search exists everywhere; a search for tools is needless where all of them are offered at once. */
function isServed(tool: string): boolean {
  return tool === 'web-search' || tool.startsWith('tool_search');
}

const needs: ReadonlyMap<string, string> = new Map([
  ['audio-output', 'spoken output'],
  ['audio-reference', 'a reference to audio of an earlier answer'],
  ['other-output', 'output other than text'],
  ['cachedContent', 'a cache stored at Google'],
  ['mcp_servers', 'an MCP server that the provider calls'],
  ['container', 'a container at the provider'],
  ['container_upload', 'a file in a container at the provider'],
  ['previous_response_id', 'a conversation stored at OpenAI'],
  ['conversation', 'a conversation stored at OpenAI'],
  ['item_reference', 'an item stored at OpenAI'],
  ['prompt', 'a prompt stored at OpenAI'],
  ['background', 'an answer that is fetched later'],
  ['compaction', 'a history that only OpenAI can decrypt'],
]);

export function allMedia({ turns }: Asked): readonly AskedMedia[] {
  return turns.flatMap((turn) => [
    ...turn.media,
    ...turn.calls.flatMap((call) => call.result?.media ?? []),
  ]);
}

function mediaRefusals({ media, source, mime }: AskedMedia, to: FormatId): readonly string[] {
  if (source === 'file') return ['a stored file can be opened by its own provider alone'];
  if (to === 'gemini')
    return source === 'url' ? ['Gemini opens no foreign addresses, and they are not fetched'] : [];
  if (media === 'video') return [`${to} takes no video`];
  if (media === 'audio') return audioRefusals(to, source, mime);
  if (media === 'document' && source === 'url' && to === 'openai-chat') {
    return ['Chat Completions takes no address of a document, and it is not fetched'];
  }
  return [];
}

function audioRefusals(
  to: FormatId,
  source: AskedMedia['source'],
  mime: string,
): readonly string[] {
  if (to === 'anthropic-messages' || to === 'openai-responses') return [`${to} takes no audio`];
  if (source === 'url')
    return ['Chat Completions takes no address of audio, and it is not fetched'];
  return /wav|mpeg|mp3/.test(mime) ? [] : ['Chat Completions takes audio as wav and mp3 alone'];
}
