/** A thousand words for texts without meaning, made of syllables: always the same ones. */
const FIRST = ['ba', 'cor', 'del', 'fen', 'gra', 'hol', 'jin', 'kal', 'lum', 'mor'];
const SECOND = ['a', 'bri', 'co', 'dun', 'el', 'fi', 'gor', 'ha', 'is', 'lo'];
const LAST = ['cle', 'd', 'ment', 'n', 'ra', 's', 'ter', 'tion', 'x', 'zel'];

/** Words of 4 to 10 letters, without capitals. */
export const RANDOM_WORDS: readonly string[] = FIRST.flatMap((first) =>
  SECOND.flatMap((second) => LAST.map((last) => `${first}${second}${last}`)),
);
