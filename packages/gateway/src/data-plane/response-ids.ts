/** Ids of responses that are kept here, and of their items, which their form tells from those of any provider. */

export const OWN_RESPONSES = 'resp_dragoman_';

const ownForm = new RegExp(`^${OWN_RESPONSES}[0-9a-f]{32}$`);
const ownItem = /^[a-z]+_dragoman_(?<random>[0-9a-f]{32})_\d{1,9}$/;

export function isOwnResponse(id: string): boolean {
  return ownForm.test(id);
}

/** Ids of the items of one response: each tells the response, which is where it is found. */
export function itemIdsIn(responseId: string): (prefix: string) => string {
  const random = responseId.slice(OWN_RESPONSES.length);
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}dragoman_${random}_${count}`;
  };
}

/** The response that the item came in; undefined: it is no item of one that is kept here. */
export function responseOfItem(id: string): string | undefined {
  const random = ownItem.exec(id)?.groups?.['random'];
  return random === undefined ? undefined : OWN_RESPONSES + random;
}
