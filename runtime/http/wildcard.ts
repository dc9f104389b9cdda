/** Matching with `*` and `?` in bounded time. Pure. */

/** A text, read one UTF-16 unit at a time. */
export interface Characters {
  readonly length: number;
  charCodeAt(index: number): number;
}

const ANY_TEXT = 0x2a; // *
const ANY_CHARACTER = 0x3f; // ?

/**
 * Returns whether all of `text` matches `pattern`, where `*` stands for any text and `?` for one character.
 *
 * After a mismatch only the last `*` takes one more character: the pattern before that star has been matched as early as
 * possible, so another choice there cannot help. Each character of the text is therefore compared at most once with each
 * character between two stars, and the stars of the pattern are read once each.
 */
export function wildcardMatches(pattern: Characters, text: Characters): boolean {
  let p = 0;
  let t = 0;
  let afterStar = -1;
  let retryAt = 0;
  while (t < text.length || p < pattern.length) {
    const wanted = p < pattern.length ? pattern.charCodeAt(p) : undefined;
    if (wanted === ANY_TEXT) {
      afterStar = ++p;
      retryAt = t;
      if (afterStar === pattern.length) return true;
    } else if (wanted !== undefined && t < text.length && (wanted === ANY_CHARACTER || wanted === text.charCodeAt(t))) {
      p++;
      t++;
    } else if (afterStar >= 0 && retryAt < text.length) {
      p = afterStar;
      t = ++retryAt;
    } else return false;
  }
  return true;
}
