/** Whether and which tools must be called, where the model does not let itself be forced. */
import type { ToolChoice } from '../ir/request.ts';
import type { Rule } from './contract.ts';
import { withInstruction } from './system.ts';

export const adaptToolChoice: Rule = (request, situation) => {
  const { can, report } = situation;
  let { toolChoice } = request;
  if (toolChoice === undefined) return request;
  if (toolChoice.parallel !== undefined && !can.parallelControl) {
    const { parallel, ...rest } = toolChoice;
    toolChoice = rest;
    if (!parallel) {
      report({
        feature: 'parallel-tool-calls',
        path: 'toolChoice.parallel',
        action: 'dropped',
        reason: 'unsupported',
        effect: 'answer',
        detail: 'the model cannot be kept from calling several tools at once',
      });
    }
  }
  if (toolChoice.mode !== 'required' || can.forcedToolChoice !== 'never') {
    return toolChoice === request.toolChoice ? request : { ...request, toolChoice };
  }
  report({
    feature: 'tool-choice',
    path: 'toolChoice.mode',
    action: 'weakened',
    reason: 'model',
    effect: 'answer',
    detail: 'the model cannot be forced to call a tool; it was told to instead',
  });
  const told = withInstruction(request, instruction(toolChoice), situation);
  return { ...told, toolChoice: { ...toolChoice, mode: 'auto' } };
};

function instruction({ only }: ToolChoice): string {
  const [name, ...others] = only ?? [];
  if (name === undefined) return 'You must call one of the tools.';
  if (others.length === 0) return `You must call the tool ${name}.`;
  return `You must call one of these tools: ${[name, ...others].join(', ')}.`;
}
