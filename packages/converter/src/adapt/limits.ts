/** Numbers that a model bounds: length of the answer, answers, tools. */
import { invalidRequest, unsupported } from '../errors.ts';
import type { Rule } from './contract.ts';

export const adaptLimits: Rule = (request, { can, target, report }) => {
  const { tools, candidates, outputTokensMax: asked } = request;
  if (can.toolsMax !== undefined && tools.length > can.toolsMax) {
    throw unsupported(
      'tools',
      `${target.model} takes up to ${can.toolsMax} tools, the request has ${tools.length}`,
    );
  }
  if (candidates !== undefined && candidates < 1) {
    throw invalidRequest('candidates', `at least one answer must be asked for, not ${candidates}`);
  }
  if (asked === undefined) {
    const { outputTokensDefault } = can;
    return outputTokensDefault === undefined
      ? request
      : { ...request, outputTokensMax: outputTokensDefault };
  }
  // Nothing but the cache is warmed by an answer of no tokens, where the format knows it.
  if (asked < 0 || (asked === 0 && can.outputTokensDefault === undefined)) {
    throw invalidRequest('outputTokensMax', `the answer's length must be positive, not ${asked}`);
  }
  if (can.outputTokensMax === undefined || asked <= can.outputTokensMax) return request;
  report({
    feature: 'output-tokens',
    path: 'outputTokensMax',
    action: 'weakened',
    reason: 'range',
    effect: 'hint',
    detail: `${target.model} answers with up to ${can.outputTokensMax} tokens`,
  });
  return { ...request, outputTokensMax: can.outputTokensMax };
};
