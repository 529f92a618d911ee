/** Numbers with which a run is repeated or made smaller, from the environment. */

export function numberOf(name: string, standard: number): number {
  const given = Number(process.env[name]);
  return Number.isInteger(given) && given > 0 ? given : standard;
}
