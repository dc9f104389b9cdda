/** The entries of a directory, in the order of Hadoop's listings. */
import { dearInvariants, invariant } from '../../runtime/bug.ts';

const CHUNK_ENTRIES_MAX = 256;
/** Characters that sort differently in UTF-16 than in UTF-8. */
const ABOVE_SURROGATES = /[\ud800-\uffff]/;

/**
 * Returns a key for a name: keys compare in UTF-16 as the names compare in UTF-8, which is the order of Hadoop's
 * listings. In the key, surrogates move above U+FFFF, because the code points that they stand for are above U+FFFF.
 */
export function sortKey(name: string): string {
  if (!ABOVE_SURROGATES.test(name)) return name;
  let key = '';
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    key += String.fromCharCode(unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
  }
  return key;
}

interface Chunk<T> {
  keys: string[];
  inodes: T[];
}

/**
 * The entries of a directory in UTF-8 order of their names. They are kept in chunks, so that an insertion moves few
 * entries.
 */
export class Children<T extends { readonly name: string }> {
  /** No chunk is empty, keys ascend over all chunks, and keys[i] is sortKey(inodes[i].name). */
  #chunks: Chunk<T>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(name: string): T | undefined {
    const key = sortKey(name);
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    return chunk.keys[at] === key ? chunk.inodes[at] : undefined;
  }

  /** Adds an entry. No entry may have its name already. */
  add(inode: T): void {
    const key = sortKey(inode.name);
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (chunk === undefined) {
      this.#size++;
      this.#chunks.push({ keys: [key], inodes: [inode] });
      return;
    }
    const at = lowerBound(chunk.keys, key);
    invariant(chunk.keys[at] !== key, 'the names in a directory differ');
    this.#size++;
    if (at === chunk.keys.length) {
      chunk.keys.push(key);
      chunk.inodes.push(inode);
    } else {
      chunk.keys.splice(at, 0, key);
      chunk.inodes.splice(at, 0, inode);
    }
    if (chunk.keys.length > CHUNK_ENTRIES_MAX) {
      // Names are often added in ascending order. The last chunk is then left full, and a new chunk takes the next
      // names.
      const from = index === this.#chunks.length - 1 && at === CHUNK_ENTRIES_MAX ? at : CHUNK_ENTRIES_MAX / 2;
      this.#chunks.splice(index + 1, 0, { keys: chunk.keys.splice(from), inodes: chunk.inodes.splice(from) });
    }
    if (dearInvariants) this.#checkChunks(index);
  }

  /** Checks the chunk that changed and its neighbours. */
  #checkChunks(index: number): void {
    let before: string | undefined;
    for (const { keys, inodes } of this.#chunks.slice(Math.max(0, index - 1), index + 3)) {
      invariant(keys.length > 0 && keys.length === inodes.length, 'no chunk of children is empty');
      for (const key of keys) {
        invariant(before === undefined || before < key, 'the keys of children ascend');
        before = key;
      }
    }
  }

  remove(name: string): T | undefined {
    const key = sortKey(name);
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] !== key) return undefined;
    const inode = chunk.inodes[at];
    invariant(inode !== undefined && inode.name === name, "an entry's key is made of its name");
    chunk.keys.splice(at, 1);
    chunk.inodes.splice(at, 1);
    if (chunk.keys.length === 0) this.#chunks.splice(index, 1);
    this.#size--;
    return inode;
  }

  /** Fills an empty directory at once, when the NameNode starts. */
  load(inodes: T[]): void {
    const sorted = inodes.map((inode) => ({ key: sortKey(inode.name), inode }));
    sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.#chunks = [];
    for (let i = 0; i < sorted.length; i += CHUNK_ENTRIES_MAX / 2) {
      const part = sorted.slice(i, i + CHUNK_ENTRIES_MAX / 2);
      this.#chunks.push({ keys: part.map((e) => e.key), inodes: part.map((e) => e.inode) });
    }
    this.#size = sorted.length;
  }

  /**
   * Returns up to `limit` entries whose names come after `startAfter`, and the number of entries after those. '' starts
   * with the first entry.
   */
  page(startAfter: string, limit: number): { entries: T[]; remaining: number } {
    const key = sortKey(startAfter);
    const first = this.#chunkOf(key);
    const entries: T[] = [];
    let skipped = 0;
    for (let c = 0; c < first; c++) skipped += this.#chunks[c]?.keys.length ?? 0;
    for (let c = first; c < this.#chunks.length && entries.length < limit; c++) {
      const chunk = this.#chunks[c];
      if (chunk === undefined) break;
      let at = 0;
      if (c === first && key !== '') {
        at = lowerBound(chunk.keys, key);
        if (chunk.keys[at] === key) at++;
        skipped += at;
      }
      for (; at < chunk.inodes.length && entries.length < limit; at++) {
        const inode = chunk.inodes[at];
        if (inode !== undefined) entries.push(inode);
      }
    }
    return { entries, remaining: this.#size - skipped - entries.length };
  }

  first(): T | undefined {
    return this.#chunks[0]?.inodes[0];
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const chunk of this.#chunks) yield* chunk.inodes;
  }

  /**
   * Returns the index of the chunk that has the key or would receive it: the last chunk whose first key is not greater.
   */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#chunks[middle]?.keys[0] ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }
}

/** Returns the index of the first key that is not less than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
