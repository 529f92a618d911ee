/** The scripted provider's Chat Completions. */
import { readChatRequest } from '../judge/asked/openai-chat.ts';
import { openaiRefusal } from './openai-errors.ts';
import { type Dialect, type Place, pieces, type Said, unnamed } from './script.ts';

export const openaiChat: Dialect = {
  readRequest: readChatRequest,
  whole: (said, place) => ({
    ...headOf(place),
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: said.text?.join('') ?? null,
          refusal: said.refusal ?? null,
          annotations: [],
          ...(said.calls && { tool_calls: said.calls.map((_, at) => callOf(said, place, at)) }),
        },
        logprobs: null,
        finish_reason: finishes[said.finish],
      },
    ],
    usage: usageOf(said),
  }),
  events(said, place) {
    const head = { ...headOf(place), object: 'chat.completion.chunk' };
    const chunk = (delta: object, finish: string | null = null): string =>
      unnamed({
        ...head,
        choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
        usage: null,
      });
    return [
      chunk({ role: 'assistant', content: said.calls === undefined ? '' : null, refusal: null }),
      ...(said.text ?? []).map((content) => chunk({ content })),
      ...pieces(said.refusal ?? '').map((refusal) => chunk({ refusal })),
      ...(said.calls ?? []).flatMap((_, index) => {
        const { function: called, ...call } = callOf(said, place, index);
        const begun = { index, ...call, function: { name: called.name, arguments: '' } };
        const steps = pieces(called.arguments).map((piece) => ({
          index,
          function: { arguments: piece },
        }));
        return [begun, ...steps].map((step) => chunk({ tool_calls: [step] }));
      }),
      chunk({}, finishes[said.finish]),
      unnamed({ ...head, choices: [], usage: usageOf(said) }),
      'data: [DONE]\n\n',
    ];
  },
  refusal: openaiRefusal,
  errorEvent: (message) => unnamed(openaiRefusal({ status: 500, message })),
};

function headOf({ model, number }: Place): object {
  return { id: `chatcmpl-conformance${number}`, created: 1_700_000_000, model };
}

function callOf(
  { calls = [] }: Said,
  { number }: Place,
  at: number,
): { id: string; type: 'function'; function: { name: string; arguments: string } } {
  const { name = '', input = {} } = calls[at] ?? {};
  return {
    id: `call_conformance${number}x${at}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  };
}

const finishes: { readonly [finish in Said['finish']]: string } = {
  stop: 'stop',
  tools: 'tool_calls',
  length: 'length',
  filter: 'content_filter',
};

function usageOf({ usage: { input, cached, output, reasoning } }: Said): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
