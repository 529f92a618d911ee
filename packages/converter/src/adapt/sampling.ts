/** Sampling parameters that the model rejects, or takes within other bounds. */
import type { ChatRequest, Sampling } from '../ir/request.ts';
import type { LossReason } from '../loss.ts';
import type { Rule, SamplingFeature, Situation } from './contract.ts';
import { isReasoning } from './reasoning.ts';

export const adaptSampling: Rule = (request, situation) => {
  const { can } = situation;
  const reasons = isReasoning(request, situation);
  let { sampling, logprobs } = request;
  const reject = (name: SamplingFeature): void => {
    if (name === 'logprobs') {
      if (logprobs !== undefined) dropped('logprobs', situation, 'answer');
      logprobs = undefined;
    } else if (sampling[name] !== undefined) {
      dropped(name, situation, isNearDefault(sampling, name) ? 'hint' : 'answer');
      sampling = { ...sampling, [name]: undefined };
    }
  };
  can.rejects.forEach(reject);
  if (reasons) can.rejectsWhenReasoning.forEach(reject);
  sampling = fitTemperature(fitStop(sampling, situation), situation);
  const same = sampling === request.sampling && logprobs === request.logprobs;
  return same ? request : withSampling(request, sampling, logprobs);
};

function withSampling(
  request: ChatRequest,
  sampling: Sampling,
  logprobs: ChatRequest['logprobs'],
): ChatRequest {
  return { ...request, sampling, logprobs };
}

function dropped(
  name: SamplingFeature,
  { report, target }: Situation,
  effect: 'answer' | 'hint',
): void {
  report({
    feature: featureNames[name],
    path: name === 'logprobs' ? name : `sampling.${name}`,
    action: 'dropped',
    reason: 'model',
    effect,
    detail: `${target.model} does not take it, or not while it reasons`,
  });
}

const featureNames = {
  temperature: 'temperature',
  topP: 'top-p',
  topK: 'top-k',
  presencePenalty: 'presence-penalty',
  frequencyPenalty: 'frequency-penalty',
  seed: 'seed',
  stop: 'stop',
  logitBias: 'logit-bias',
  logprobs: 'logprobs',
} as const satisfies Record<SamplingFeature, string>;

/** Values that ask for what the model does anyway. */
function isNearDefault(sampling: Sampling, name: keyof Sampling): boolean {
  const value = sampling[name];
  if (name === 'temperature') return value === 1;
  if (name === 'topP') return value !== undefined && Number(value) >= 0.99;
  if (name === 'stop') return sampling.stop?.length === 0;
  return value === 0 && (name === 'presencePenalty' || name === 'frequencyPenalty');
}

function fitStop(sampling: Sampling, { can, report, target }: Situation): Sampling {
  const { stop } = sampling;
  if (stop === undefined) return sampling;
  const usable = stop.filter((text) => text !== '' && (can.blankStop || text.trim() !== ''));
  const lost = (reason: LossReason, detail: string): void =>
    report({
      feature: 'stop',
      path: 'sampling.stop',
      action: usable.length === 0 ? 'dropped' : 'weakened',
      reason,
      effect: 'answer',
      detail,
    });
  if (usable.length < stop.length)
    lost('unsupported', 'stop sequences of white space were left out');
  const { stopMax = usable.length } = can;
  if (usable.length > stopMax) {
    lost('limit', `${target.model} takes up to ${stopMax} stop sequences; the first were kept`);
  }
  const kept = usable.slice(0, stopMax);
  if (kept.length === stop.length && kept.length > 0) return sampling;
  return { ...sampling, stop: kept.length === 0 ? undefined : kept };
}

function fitTemperature(sampling: Sampling, { can, report, target }: Situation): Sampling {
  let fitted = sampling;
  if (fitted.temperature !== undefined && fitted.temperature > can.temperatureMax) {
    report({
      feature: 'temperature',
      path: 'sampling.temperature',
      action: 'weakened',
      reason: 'range',
      effect: 'answer',
      detail: `the highest that ${target.model} takes is ${can.temperatureMax}`,
    });
    fitted = { ...fitted, temperature: can.temperatureMax };
  }
  const { temperature, topP } = fitted;
  if (!can.temperatureExcludesTopP || temperature === undefined || topP === undefined) {
    return fitted;
  }
  report({
    feature: 'top-p',
    path: 'sampling.topP',
    action: 'dropped',
    reason: 'model',
    effect: topP >= 0.99 ? 'hint' : 'answer',
    detail: `${target.model} takes temperature or top-p, not both`,
  });
  return { ...fitted, topP: undefined };
}
