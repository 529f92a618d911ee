/** Ids of responses that are kept here, which their form tells from those of any provider. */

export const OWN_RESPONSES = 'resp_dragoman_';

const ownForm = new RegExp(`^${OWN_RESPONSES}[0-9a-f]{32}$`);

export function isOwnResponse(id: string): boolean {
  return ownForm.test(id);
}
