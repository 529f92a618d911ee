/** What every SDK is asked for: the answer to "Hello", from a gateway on this machine. */

export interface SdkAsk {
  readonly port: number;
  readonly model: string;
  readonly stream: boolean;
}
