/** Items that no client of another format can see: what the provider's own tools did. */
import type { Emit } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import { filledIn } from '../../openai/lenient.ts';
import { CANDIDATE, type ItemDecoder, type OutputPlace } from './output-part.ts';

/** Of these the answer's own text says what came of them. */
const reportedInText: ReadonlySet<string> = new Set([
  'web_search_call',
  'x_search_call',
  'file_search_call',
  'code_interpreter_call',
  'mcp_list_tools',
  'mcp_call',
  'tool_search_call',
  'tool_search_output',
  'shell_call_output',
  'program_output',
]);

export function createHiddenDecoder(added: JsonObject, place: OutputPlace): ItemDecoder {
  let isSeen = false;

  function lose(item: JsonObject): void {
    if (isSeen) return;
    isSeen = true;
    const type = filledIn(item, 'type') ?? filledIn(added, 'type') ?? 'unknown';
    const isReported = reportedInText.has(type);
    place.report({
      feature: 'server-tool',
      path: 'output',
      action: 'dropped',
      reason: 'unsupported',
      effect: isReported ? 'hint' : 'answer',
      detail: `an item of type "${type}" is not shown`,
    });
  }

  return {
    push() {},
    done: (item) => lose(item),
    close: () => lose(added),
    cut: () => lose(added),
  };
}

/** A picture that the model drew. */
export function createImageDecoder(place: OutputPlace): ItemDecoder {
  let isSeen = false;

  function show(item: JsonObject, emit: Emit): void {
    const data = filledIn(item, 'result');
    if (isSeen || data === undefined) return;
    isSeen = true;
    emit({
      type: 'media',
      candidate: CANDIDATE,
      index: place.takeIndex(),
      part: {
        type: 'media',
        media: 'image',
        mimeType: `image/${filledIn(item, 'output_format') ?? 'png'}`,
        source: { type: 'base64', data },
      },
    });
  }

  return { push() {}, done: show, close() {}, cut() {} };
}
