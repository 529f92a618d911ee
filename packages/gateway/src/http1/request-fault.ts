/** The error of a request that is not answered but refused: its status and what is wrong with it. */

export class RequestFault extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RequestFault';
    this.status = status;
  }
}
