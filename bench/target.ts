/** What is put under load: the mock itself, or a proxy before it. */
import type { Child } from './processes.ts';

export type Way = 'direct' | 'nginx' | 'dragoman' | 'portkey' | 'litellm';

export interface Target {
  readonly way: Way;
  readonly port: number;
  /** The process under test; undefined where the mock is asked itself. */
  readonly child: Child | undefined;
}
