/**
 * Seeds that once failed, with what was wrong then. A seed means another course of events after most changes of the
 * code, so each bug also has a test of its own, or a mutant that brings it back.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 1, found: 'a volume whose VERSION was torn by a loss of power could never be opened again' },
  { seed: 5, found: 'a DataNode that registered anew with an urgent report pending never waited again' },
];
