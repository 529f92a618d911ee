/** Cases of what stands beside generation: lists of models and counting tokens. */
import { user } from '../ask.ts';
import { shown } from '../judge/problems.ts';
import { type Case, type Common, NotApplicable } from './case.ts';

export const listCases: readonly Case<Common>[] = [
  {
    id: 'models',
    feature: 'model lists',
    title: 'the SDK lists models, among them the one that is asked for',
    async run({ client, endpoint, model, check }) {
      const models = await served(() => client.listModels(endpoint));
      check(
        models.every((name) => name !== ''),
        `the list is ${shown(models)}`,
      );
      if (models.includes(model)) return;
      throw new NotApplicable('the list does not name the model; it need not name those of others');
    },
  },
  {
    id: 'count-tokens',
    feature: 'token counting',
    title: 'tokens are counted before anything is generated',
    run: expectCount,
  },
];

async function expectCount({ client, endpoint, model, check }: Common): Promise<void> {
  const { countTokens } = client;
  if (countTokens === undefined) throw new NotApplicable('Chat Completions counts no tokens');
  const ask = { turns: [user('How long is this?')] };
  const tokens = await served(() => countTokens({ ...endpoint, model, ask, stream: false }));
  check(Number.isInteger(tokens) && tokens > 0, `it counted ${tokens}`);
}

/** Not every gateway has these, and a gateway that says so is not wrong. */
async function served<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const status = cause instanceof Error && 'status' in cause ? cause.status : undefined;
    if (status !== 404 && status !== 405 && status !== 501) throw cause;
    throw new NotApplicable(`not served: status ${status}`);
  }
}
