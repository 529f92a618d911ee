/** The error of bytes that are not HTTP/1.1, or that two readers could frame differently. */

export class MalformedHttp extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedHttp';
  }
}
