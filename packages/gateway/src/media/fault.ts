/** Why something could not be fetched: in a word for the metrics, in a sentence for the client. */
import type { MediaOutcome } from '../model/media.ts';

export class MediaFault extends Error {
  readonly outcome: Exclude<MediaOutcome, 'fetched'>;

  /** `reason`: ends `<address> could not be fetched: …`; it tells nothing of what lies inside a network. */
  constructor(outcome: MediaFault['outcome'], reason: string) {
    super(reason);
    this.name = 'MediaFault';
    this.outcome = outcome;
  }
}
